export { type ReadPicturesOptions, readPictures } from "./read-pictures.js";
