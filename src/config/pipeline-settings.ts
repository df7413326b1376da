/** Written by `npm run protocol` from the schemas in src/config/schema: what editors show of a setting. */

export interface PipelineSettings {
  /**
   * Names the run in the workspace and its reports.
   */
  name: string;
  /**
   * Every random choice of the run follows from it. Default: 0.
   */
  seed?: number;
  /**
   * Which family carries the models, and which models.
   */
  models?:
    | {
        /**
         * The small models in data/models, run in Node. Default: "bundled".
         */
        family?: "bundled";
        /**
         * Name in data/models, folder or checkpoint id that round 1 samples from. Default: "scenes-base".
         */
        base?: string;
        /**
         * The image tokenizer. Default: "scenes-tokenizer".
         */
        tokenizer?: string;
        /**
         * Chooses among candidates and gives plain rows a second opinion; null does without. Default: "scenes-judge-fine-tuned".
         */
        judge?: string | null;
      }
    | {
        /**
         * The small models in data/models with a generator that draws codes one after the other, run in Node.
         */
        family: "bundled-next-token";
        /**
         * Name in data/models, folder or checkpoint id that round 1 samples from. Default: "scenes-next-token".
         */
        base?: string;
        /**
         * The image tokenizer. Default: "scenes-tokenizer".
         */
        tokenizer?: string;
        /**
         * Chooses among candidates and gives plain rows a second opinion; null does without. Default: "scenes-judge-fine-tuned".
         */
        judge?: string | null;
      }
    | {
        /**
         * Show-o and its judges in a PyTorch worker: folders, names on the Hub, or checkpoints of the workspace.
         */
        family: "show-o";
        /**
         * Show-o 256 or 512; its config.json says which. Default: "showlab/show-o".
         */
        base?: string;
        /**
         * MAGVIT-v2. Default: "showlab/magvitv2".
         */
        tokenizer?: string;
        /**
         * The generator's text tokenizer. Default: "microsoft/phi-1_5".
         */
        textTokenizer?: string;
        /**
         * A vision-language model, or a reward model in CLIP's format; null does without. Default: "ZiyuG/Image-Generation-CoT/parm".
         */
        judge?: string | null;
        /**
         * JSON file of the judge's wording; null takes ours. Default: null.
         */
        questions?: string | null;
        /**
         * What finds objects and names their colours.
         */
        detector?: {
          /**
           * Mask2Former trained for COCO instances. Default: "facebook/mask2former-swin-small-coco-instance".
           */
          objects?: string;
          /**
           * A CLIP, which names colours. Default: "openai/clip-vit-large-patch14".
           */
          colors?: string;
        };
        /**
         * Images judged together. Default: 16.
         */
        judgeBatch?: number;
        /**
         * Numbers of a LLaVA-OneVision or Janus-Pro judge's layers: as `dtype`, or 8 bits (cards of compute capability 8.9 on). It is then another judge. Default: "same".
         */
        judgeDtype?: "same" | "fp8";
        /**
         * Where the models run; auto takes a graphics card where there is one. Default: "auto".
         */
        device?: "cpu" | "cuda" | "auto";
        /**
         * Numbers of the models; auto is bfloat16 on a GPU. Default: "auto".
         */
        dtype?: "auto" | "float32" | "bfloat16";
        /**
         * torch.compile's mode of a decoding step. Default: "none".
         */
        compile?: "none" | "default" | "reduce-overhead" | "max-autotune";
        /**
         * CPU threads; null leaves it to torch. Default: null.
         */
        threads?: number | null;
      }
    | {
        /**
         * LlamaGen and its judges in a PyTorch worker; its released files are converted first (docs/models.md).
         */
        family: "llamagen";
        /**
         * Folder of the converted GPT-XL for 256 or 512 pixels, or a checkpoint of the workspace.
         */
        base: string;
        /**
         * The converted VQ-16.
         */
        tokenizer: string;
        /**
         * The frozen T5 that captions are read by, and its tokenizer. Default: "google/flan-t5-xl".
         */
        textTokenizer?: string;
        /**
         * A vision-language model, or a reward model in CLIP's format; null does without. Default: "ZiyuG/Image-Generation-CoT/parm".
         */
        judge?: string | null;
        /**
         * JSON file of the judge's wording; null takes ours. Default: null.
         */
        questions?: string | null;
        /**
         * What finds objects and names their colours.
         */
        detector?: {
          /**
           * Mask2Former trained for COCO instances. Default: "facebook/mask2former-swin-small-coco-instance".
           */
          objects?: string;
          /**
           * A CLIP, which names colours. Default: "openai/clip-vit-large-patch14".
           */
          colors?: string;
        };
        /**
         * Images judged together. Default: 16.
         */
        judgeBatch?: number;
        /**
         * Numbers of a LLaVA-OneVision or Janus-Pro judge's layers: as `dtype`, or 8 bits (cards of compute capability 8.9 on). It is then another judge. Default: "same".
         */
        judgeDtype?: "same" | "fp8";
        /**
         * Where the models run; auto takes a graphics card where there is one. Default: "auto".
         */
        device?: "cpu" | "cuda" | "auto";
        /**
         * Numbers of the models; auto is bfloat16 on a GPU. Default: "auto".
         */
        dtype?: "auto" | "float32" | "bfloat16";
        /**
         * torch.compile's mode of a decoding step. Default: "none".
         */
        compile?: "none" | "default" | "reduce-overhead" | "max-autotune";
        /**
         * CPU threads; null leaves it to torch. Default: null.
         */
        threads?: number | null;
      }
    | {
        /**
         * Janus-Pro and its judges in a PyTorch worker: folders in transformers' layout or the released one, names on the Hub, or checkpoints of the workspace.
         */
        family: "janus-pro";
        /**
         * Janus-Pro 1B or 7B; its config.json says which. Default: "deepseek-community/Janus-Pro-1B".
         */
        base?: string;
        /**
         * The model whose image tokenizer it is, the base's own. Default: "deepseek-community/Janus-Pro-1B".
         */
        tokenizer?: string;
        /**
         * The model whose text tokenizer it is, the base's own. Default: "deepseek-community/Janus-Pro-1B".
         */
        textTokenizer?: string;
        /**
         * A vision-language model, a reward model in CLIP's format, or "self": the base judges with the side of it that reads pictures. Null does without. Default: "self".
         */
        judge?: string | null;
        /**
         * JSON file of the judge's wording; null takes ours. Default: null.
         */
        questions?: string | null;
        /**
         * What finds objects and names their colours.
         */
        detector?: {
          /**
           * Mask2Former trained for COCO instances. Default: "facebook/mask2former-swin-small-coco-instance".
           */
          objects?: string;
          /**
           * A CLIP, which names colours. Default: "openai/clip-vit-large-patch14".
           */
          colors?: string;
        };
        /**
         * Images judged together. Default: 16.
         */
        judgeBatch?: number;
        /**
         * Numbers of a LLaVA-OneVision or Janus-Pro judge's layers: as `dtype`, or 8 bits (cards of compute capability 8.9 on). It is then another judge. Default: "same".
         */
        judgeDtype?: "same" | "fp8";
        /**
         * Where the models run; auto takes a graphics card where there is one. Default: "auto".
         */
        device?: "cpu" | "cuda" | "auto";
        /**
         * Numbers of the models; auto is bfloat16 on a GPU. Default: "auto".
         */
        dtype?: "auto" | "float32" | "bfloat16";
        /**
         * torch.compile's mode of a decoding step. Default: "none".
         */
        compile?: "none" | "default" | "reduce-overhead" | "max-autotune";
        /**
         * CPU threads; null leaves it to torch. Default: null.
         */
        threads?: number | null;
      }
    | {
        /**
         * A text-to-image pipeline of diffusers in a PyTorch worker: Stable Diffusion 1 to 3.5, SDXL, FLUX.
         */
        family: "diffusers";
        /**
         * Folder of the pipeline, as save_pretrained writes it, in safetensors.
         */
        base: string;
        /**
         * The pipeline whose autoencoder it is; "own" is the base's. Default: "own".
         */
        tokenizer?: string;
        /**
         * A tiny autoencoder (TAESD) that shows paths midway; null takes the pipeline's own. Default: null.
         */
        previewDecoder?: string | null;
        /**
         * A vision-language model, a reward model (CLIP's format, ImageReward), or one of `judges`; null does without. Default: null.
         */
        judge?: string | null;
        /**
         * JSON file of the judge's wording; null takes ours. Default: null.
         */
        questions?: string | null;
        /**
         * What finds objects and names their colours; {} takes the usual two, null does without. Default: null.
         */
        detector?: {
          /**
           * Mask2Former trained for COCO instances. Default: "facebook/mask2former-swin-small-coco-instance".
           */
          objects?: string;
          /**
           * A CLIP, which names colours. Default: "openai/clip-vit-large-patch14".
           */
          colors?: string;
        } | null;
        /**
         * Images judged together. Default: 16.
         */
        judgeBatch?: number;
        /**
         * Numbers of a LLaVA-OneVision or Janus-Pro judge's layers: as `dtype`, or 8 bits (cards of compute capability 8.9 on). It is then another judge. Default: "same".
         */
        judgeDtype?: "same" | "fp8";
        /**
         * Where the models run; auto takes a graphics card where there is one. Default: "auto".
         */
        device?: "cpu" | "cuda" | "auto";
        /**
         * Numbers of the models; auto is bfloat16 on a GPU. Default: "auto".
         */
        dtype?: "auto" | "float32" | "bfloat16";
        /**
         * torch.compile's mode of a decoding step. Default: "none".
         */
        compile?: "none" | "default" | "reduce-overhead" | "max-autotune";
        /**
         * CPU threads; null leaves it to torch. Default: null.
         */
        threads?: number | null;
      }
    | {
        /**
         * A generator of your own, a class in a Python file (docs/own-generators.md).
         */
        family: "python";
        /**
         * Where it is: MODULE:FACTORY.
         */
        base: string;
        /**
         * Folder that the module lies in. Default: ".".
         */
        folder?: string;
        /**
         * "own": it draws pictures by itself. Default: "own".
         */
        tokenizer?: string;
        /**
         * A vision-language model, a reward model (CLIP's format, ImageReward), or one of `judges`; null does without. Default: null.
         */
        judge?: string | null;
        /**
         * JSON file of the judge's wording; null takes ours. Default: null.
         */
        questions?: string | null;
        /**
         * What finds objects and names their colours; {} takes the usual two, null does without. Default: null.
         */
        detector?: {
          /**
           * Mask2Former trained for COCO instances. Default: "facebook/mask2former-swin-small-coco-instance".
           */
          objects?: string;
          /**
           * A CLIP, which names colours. Default: "openai/clip-vit-large-patch14".
           */
          colors?: string;
        } | null;
        /**
         * Images judged together. Default: 16.
         */
        judgeBatch?: number;
        /**
         * Numbers of a LLaVA-OneVision or Janus-Pro judge's layers: as `dtype`, or 8 bits (cards of compute capability 8.9 on). It is then another judge. Default: "same".
         */
        judgeDtype?: "same" | "fp8";
        /**
         * Where the models run; auto takes a graphics card where there is one. Default: "auto".
         */
        device?: "cpu" | "cuda" | "auto";
        /**
         * Numbers of the models; auto is bfloat16 on a GPU. Default: "auto".
         */
        dtype?: "auto" | "float32" | "bfloat16";
        /**
         * torch.compile's mode of a decoding step. Default: "none".
         */
        compile?: "none" | "default" | "reduce-overhead" | "max-autotune";
        /**
         * CPU threads; null leaves it to torch. Default: null.
         */
        threads?: number | null;
      };
  /**
   * Judges of their own, by name: whatever draws the pictures, each of them can look. Default: [].
   *
   * @maxItems 64
   */
  judges?: (
    | {
        /**
         * What `models.judge`, `judges` of a verifier and `--judge` name it by.
         */
        name: string;
        /**
         * A model behind an address that speaks OpenAI's chat completions, such as http://localhost:8000/v1.
         */
        kind: "http";
        /**
         * The model's name, as the server knows it.
         */
        model: string;
        /**
         * JSON file of what is asked and in which words (docs/judges.md); null takes ours. Default: null.
         */
        questions?: string | null;
        /**
         * Pictures are scaled down until neither side is longer, in pixels; smaller ones are sent as they are. Default: 768.
         */
        imageSide?: number;
        /**
         * How pictures are sent: jpeg is smaller. Default: "png".
         */
        imageFormat?: "png" | "jpeg";
        /**
         * Where P(yes) comes from: the first answer token's likeliest words, the share among sampled answers, or a number that the model writes. Default: "logprobs".
         */
        read?: "logprobs" | "samples" | "number";
        /**
         * What is done where the server gives no logprobs; with null such verdicts fail. Default: null.
         */
        fallback?: ("samples" | "number") | null;
        /**
         * Likeliest words that are asked for; OpenAI gives 20. Default: 20.
         */
        topLogprobs?: number;
        /**
         * Probability that the expected words must have together: below it the verdict fails. Default: 0.05.
         */
        leastMass?: number;
        /**
         * Answers that are sampled. Default: 5.
         */
        samples?: number;
        /**
         * Of sampled answers; all others are asked for at 0. Default: 1.
         */
        temperature?: number;
        /**
         * What the server calls the limit of an answer. Default: "max_tokens".
         */
        tokenLimit?: "max_tokens" | "max_completion_tokens";
        /**
         * Where it answers.
         */
        url: string;
        /**
         * Environment variable that holds the key; null sends none. The key itself is written nowhere. Default: null.
         */
        key?: string | null;
        /**
         * Calls under way together at most; halved whenever the server has too many. Default: 8.
         */
        concurrency?: number;
        /**
         * Seconds until a call without an answer is given up. Default: 120.
         */
        timeout?: number;
        /**
         * Tries of a call that broke off, timed out or met a fault of the server. Default: 4.
         */
        attempts?: number;
        /**
         * Seconds before the second try; each further pause is twice as long. Default: 1.
         */
        pause?: number;
        /**
         * Seconds that one call waits at most for a server that says how long (Retry-After). Default: 600.
         */
        patience?: number;
        /**
         * What it costs, in one currency.
         */
        prices?: {
          /**
           * Of a million tokens read, pictures among them. Default: 0.
           */
          input?: number;
          /**
           * Of a million tokens written. Default: 0.
           */
          output?: number;
          /**
           * Of a call. Default: 0.
           */
          call?: number;
        };
        /**
         * What a call takes: for the plan, and kept back from the budget until a dearer one was seen.
         */
        expected?: {
          /**
           * Tokens read. Default: 1500.
           */
          input?: number;
          /**
           * Tokens written. Default: 16.
           */
          output?: number;
        };
        /**
         * What it may take in one workspace, over all runs; it stops before it is passed. null does not limit it.
         */
        budget?: {
          /**
           * In the currency of the prices. Default: null.
           */
          money?: number | null;
          /**
           * Calls, tries among them. Default: null.
           */
          calls?: number | null;
        };
      }
    | {
        /**
         * What `models.judge`, `judges` of a verifier and `--judge` name it by.
         */
        name: string;
        /**
         * A scoring service: it is sent pictures and prompts, and answers with scores (docs/judges.md).
         */
        kind: "service";
        /**
         * Pictures are scaled down until neither side is longer, in pixels; smaller ones are sent as they are. Default: 768.
         */
        imageSide?: number;
        /**
         * How pictures are sent: jpeg is smaller. Default: "png".
         */
        imageFormat?: "png" | "jpeg";
        /**
         * Pictures of one call. Default: 8.
         */
        batch?: number;
        /**
         * Where it answers.
         */
        url: string;
        /**
         * Environment variable that holds the key; null sends none. The key itself is written nowhere. Default: null.
         */
        key?: string | null;
        /**
         * Calls under way together at most; halved whenever the server has too many. Default: 8.
         */
        concurrency?: number;
        /**
         * Seconds until a call without an answer is given up. Default: 120.
         */
        timeout?: number;
        /**
         * Tries of a call that broke off, timed out or met a fault of the server. Default: 4.
         */
        attempts?: number;
        /**
         * Seconds before the second try; each further pause is twice as long. Default: 1.
         */
        pause?: number;
        /**
         * Seconds that one call waits at most for a server that says how long (Retry-After). Default: 600.
         */
        patience?: number;
        /**
         * What it costs, in one currency.
         */
        prices?: {
          /**
           * Of a million tokens read, pictures among them. Default: 0.
           */
          input?: number;
          /**
           * Of a million tokens written. Default: 0.
           */
          output?: number;
          /**
           * Of a call. Default: 0.
           */
          call?: number;
        };
        /**
         * What a call takes: for the plan, and kept back from the budget until a dearer one was seen.
         */
        expected?: {
          /**
           * Tokens read. Default: 1500.
           */
          input?: number;
          /**
           * Tokens written. Default: 16.
           */
          output?: number;
        };
        /**
         * What it may take in one workspace, over all runs; it stops before it is passed. null does not limit it.
         */
        budget?: {
          /**
           * In the currency of the prices. Default: null.
           */
          money?: number | null;
          /**
           * Calls, tries among them. Default: null.
           */
          calls?: number | null;
        };
      }
    | {
        /**
         * What `models.judge`, `judges` of a verifier and `--judge` name it by.
         */
        name: string;
        /**
         * Any vision-language model of transformers, on this machine, in a process of its own.
         */
        kind: "transformers";
        /**
         * A folder, or a name on the Hub.
         */
        model: string;
        /**
         * JSON file of what is asked and in which words (docs/judges.md); null takes ours. Default: null.
         */
        questions?: string | null;
        /**
         * Pictures are scaled down until neither side is longer, in pixels; smaller ones are sent as they are. Default: 768.
         */
        imageSide?: number;
        /**
         * How pictures are sent: jpeg is smaller. Default: "png".
         */
        imageFormat?: "png" | "jpeg";
        /**
         * Likeliest words that are asked for; OpenAI gives 20. Default: 20.
         */
        topLogprobs?: number;
        /**
         * Probability that the expected words must have together: below it the verdict fails. Default: 0.05.
         */
        leastMass?: number;
        /**
         * Where it runs; auto takes a graphics card where there is one. Default: "auto".
         */
        device?: "auto" | "cpu" | "cuda";
        /**
         * Its numbers. Default: "float32".
         */
        dtype?: "float32" | "bfloat16";
      }
    | {
        /**
         * What `models.judge`, `judges` of a verifier and `--judge` name it by.
         */
        name: string;
        /**
         * A function of your own in Python: lists of PIL images and of prompts in, a number of 0 to 1 for each out.
         */
        kind: "python";
        /**
         * Where it is: MODULE:FUNCTION.
         */
        function: string;
        /**
         * Folder that the module lies in. Default: ".".
         */
        folder?: string;
        /**
         * Pictures of one call. Default: 8.
         */
        batch?: number;
      }
    | {
        /**
         * What `models.judge`, `judges` of a verifier and `--judge` name it by.
         */
        name: string;
        /**
         * An object of your own with the seam `Judge`, which a file exports.
         */
        kind: "typescript";
        /**
         * The file, .ts or .js; in a pipeline that has the object itself, `import.meta.filename`.
         */
        file: string;
        /**
         * Under which name the file exports it. Default: "default".
         */
        export?: string;
      }
  )[];
  /**
   * How candidates and evaluation images are sampled.
   */
  sampler?: {
    /**
     * Decoding steps of a path. Default: 8.
     */
    steps?: number;
    /**
     * Classifier-free guidance: of masked-token generators g in (1 + g) * conditional - g * unconditional, of the others s in unconditional + s * (conditional - unconditional). Default: 1.
     */
    guidanceScale?: number;
    /**
     * Gumbel temperature of confidence re-masking at step 0; of next-token generators what logits are divided by, 0 for the likeliest code. Of no meaning to pictures that are denoised, where it is 0. Default: 2.
     */
    temperature?: number;
    /**
     * Of next-token generators: likeliest codes that the next one is drawn among; null among all.
     */
    topK?: number | null;
    /**
     * Of next-token generators: share of the probability that the next one is drawn among.
     */
    topP?: number;
    /**
     * Of next-token generators: what a path shows midway, its rows with the others grey, or the likeliest image that they begin.
     */
    preview?: "drawn" | "completed";
    /**
     * Of diffusers' pipelines: what takes a path from step to step; pipeline is the one in the model's folder.
     */
    scheduler?: "pipeline" | "ddim" | "euler" | "euler-ancestral" | "dpm-solver++" | "flow-euler";
    /**
     * Of diffusers' pipelines: width of the pictures in pixels; null is the model's own.
     */
    width?: number | null;
    /**
     * The same of their height.
     */
    height?: number | null;
    /**
     * Paths advanced together in one forward pass; the images do not depend on it. Default: 8.
     */
    slots?: number;
  };
  /**
   * What is drawn.
   */
  prompts?: {
    /**
     * Prompts that candidates are sampled for.
     */
    train?: {
      /**
       * The prompt file. Default: "data/prompts/train.jsonl".
       */
      file?: string;
      /**
       * Prompts read from the file, spread evenly over the tasks; null reads all. Default: null.
       */
      limit?: number | null;
    };
    /**
     * Prompts no combination of which occurs in training. Validation and evaluation share none of them.
     */
    heldOut?: {
      /**
       * The prompt file. Default: "data/prompts/held-out.jsonl".
       */
      file?: string;
      /**
       * Prompts read from the file, spread evenly over the tasks; null reads all. Default: null.
       */
      limit?: number | null;
      /**
       * Share of each task's prompts that decide promotion; the others are kept for the final evaluation. Default: 0.25.
       */
      validationShare?: number;
    };
  };
  /**
   * What decides whether a round's checkpoint is promoted.
   */
  gate?: {
    /**
     * Whether a round below its parent on the validation prompts is promoted: it is kept and shown, but the next round starts from the parent. Default: "not-below-parent".
     */
    rule?: "not-below-parent" | "always-promote";
    /**
     * Validation images of each checkpoint.
     */
    images?:
      | {
          perPrompt: number;
        }
      | {
          perTask: number;
        };
  };
  /**
   * The table that a run ends with.
   */
  evaluation?: {
    /**
     * Evaluation images of each row.
     */
    images?:
      | {
          perPrompt: number;
        }
      | {
          perTask: number;
        };
    /**
     * Rows of the table. Default: [{"verifier":{"kind":"none"},"checkpoints":"all"},{"verifier":{"kind":"orm","n":8},"checkpoints":"first-and-last"}].
     *
     * @maxItems 1000
     */
    rows?: {
      /**
       * How the image of each is chosen.
       */
      verifier:
        | {
            /**
             * The one image that is drawn.
             */
            kind: "none";
          }
        | {
            /**
             * The best of N.
             */
            kind: "orm";
            /**
             * Candidates. Default: 8.
             */
            n?: number;
            /**
             * Judges in the place of the run's own (`models.judge`); several are an ensemble. Default: [].
             *
             * @maxItems 64
             */
            judges?: string[];
            /**
             * Whether an ensemble chooses by the mean of its judges' ranks or of their scores. Default: "rank".
             */
            ensemble?: "rank" | "mean";
            /**
             * Another judge for a question, so that one network cuts and another chooses, or reflection is asked of one that did not choose.
             */
            judgeOf?: {
              /**
               * Who is asked about outcome; unless stated those who judge.
               */
              outcome?: string;
              /**
               * Who is asked about process; unless stated those who judge.
               */
              process?: string;
              /**
               * Who is asked about clarity; unless stated those who judge.
               */
              clarity?: string;
              /**
               * Who is asked about potential; unless stated those who judge.
               */
              potential?: string;
              /**
               * Who is asked about reflection; unless stated those who judge.
               */
              reflection?: string;
            };
            /**
             * When the search for one image stops beside its N; null does not limit it.
             */
            budget?: {
              /**
               * Function evaluations of the generator at most. Default: null.
               */
              nfe?: number | null;
              /**
               * Images shown to the judge at most. Default: null.
               */
              judgeCalls?: number | null;
              /**
               * P(yes) from which an image is good enough to stop early. Default: null.
               */
              confidence?: number | null;
              /**
               * Paths begun together before the search looks at its budget; null begins all, or 4 when it may stop early. Default: null.
               */
              atOnce?: number | null;
            };
          }
        | {
            /**
             * The best of N at every step.
             */
            kind: "prm";
            /**
             * Candidates, paths or branches, as the strategy counts them. Default: 20.
             */
            n?: number;
            /**
             * What is asked about images midway. Default: "process".
             */
            question?: "process" | "outcome" | "potential";
            /**
             * Judges in the place of the run's own (`models.judge`); several are an ensemble. Default: [].
             *
             * @maxItems 64
             */
            judges?: string[];
            /**
             * Whether an ensemble chooses by the mean of its judges' ranks or of their scores. Default: "rank".
             */
            ensemble?: "rank" | "mean";
            /**
             * Another judge for a question, so that one network cuts and another chooses, or reflection is asked of one that did not choose.
             */
            judgeOf?: {
              /**
               * Who is asked about outcome; unless stated those who judge.
               */
              outcome?: string;
              /**
               * Who is asked about process; unless stated those who judge.
               */
              process?: string;
              /**
               * Who is asked about clarity; unless stated those who judge.
               */
              clarity?: string;
              /**
               * Who is asked about potential; unless stated those who judge.
               */
              potential?: string;
              /**
               * Who is asked about reflection; unless stated those who judge.
               */
              reflection?: string;
            };
            /**
             * When the search for one image stops beside its N; null does not limit it.
             */
            budget?: {
              /**
               * Function evaluations of the generator at most. Default: null.
               */
              nfe?: number | null;
              /**
               * Images shown to the judge at most. Default: null.
               */
              judgeCalls?: number | null;
              /**
               * P(yes) from which an image is good enough to stop early. Default: null.
               */
              confidence?: number | null;
              /**
               * Paths begun together before the search looks at its budget; null begins all, or 4 when it may stop early. Default: null.
               */
              atOnce?: number | null;
            };
          }
        | {
            /**
             * Paths cut once they are clear enough to be judged, then the best of the rest.
             */
            kind: "parm";
            /**
             * Candidates, paths or branches, as the strategy counts them. Default: 20.
             */
            n?: number;
            /**
             * `judge` takes clarity, potential, firstStep and finishAtLeast as `espalier judge thresholds` found them for the judge, in the place of those that are stated; where none were found those count.
             */
            thresholds?: "judge";
            /**
             * P(yes) from which an image is clear enough to be judged. Default: 0.5.
             */
            clarity?: number;
            /**
             * P(yes) below which a clear path is cut. Default: 0.5.
             */
            potential?: number;
            /**
             * Steps before which no image is asked about: the paper finds none sure to be clear before step 11 of 18. Default: 1.
             */
            firstStep?: number;
            /**
             * Share of the tokens that must be committed before a path's image is asked about; 0 unless stated.
             */
            clarityShare?: number;
            /**
             * The most that P(yes) to clarity rises while all tokens are committed: a step at which it cannot have come to `clarity` since the last answer is not asked about. Unless stated every step is.
             */
            clarityRise?: number;
            /**
             * Paths that reach their ends however low their potential; 1 as in the paper. Default: 1.
             */
            finishAtLeast?: number;
            /**
             * Judges in the place of the run's own (`models.judge`); several are an ensemble. Default: [].
             *
             * @maxItems 64
             */
            judges?: string[];
            /**
             * Whether an ensemble chooses by the mean of its judges' ranks or of their scores. Default: "rank".
             */
            ensemble?: "rank" | "mean";
            /**
             * Another judge for a question, so that one network cuts and another chooses, or reflection is asked of one that did not choose.
             */
            judgeOf?: {
              /**
               * Who is asked about outcome; unless stated those who judge.
               */
              outcome?: string;
              /**
               * Who is asked about process; unless stated those who judge.
               */
              process?: string;
              /**
               * Who is asked about clarity; unless stated those who judge.
               */
              clarity?: string;
              /**
               * Who is asked about potential; unless stated those who judge.
               */
              potential?: string;
              /**
               * Who is asked about reflection; unless stated those who judge.
               */
              reflection?: string;
            };
            /**
             * When the search for one image stops beside its N; null does not limit it.
             */
            budget?: {
              /**
               * Function evaluations of the generator at most. Default: null.
               */
              nfe?: number | null;
              /**
               * Images shown to the judge at most. Default: null.
               */
              judgeCalls?: number | null;
              /**
               * P(yes) from which an image is good enough to stop early. Default: null.
               */
              confidence?: number | null;
              /**
               * Paths begun together before the search looks at its budget; null begins all, or 4 when it may stop early. Default: null.
               */
              atOnce?: number | null;
            };
          }
        | {
            /**
             * PARM, and corrections of what it chose.
             */
            kind: "parm-plus-plus";
            /**
             * Candidates, paths or branches, as the strategy counts them. Default: 20.
             */
            n?: number;
            /**
             * `judge` takes clarity, potential, firstStep and finishAtLeast as `espalier judge thresholds` found them for the judge, in the place of those that are stated; where none were found those count.
             */
            thresholds?: "judge";
            /**
             * P(yes) from which an image is clear enough to be judged. Default: 0.5.
             */
            clarity?: number;
            /**
             * P(yes) below which a clear path is cut. Default: 0.5.
             */
            potential?: number;
            /**
             * Steps before which no image is asked about: the paper finds none sure to be clear before step 11 of 18. Default: 1.
             */
            firstStep?: number;
            /**
             * Share of the tokens that must be committed before a path's image is asked about; 0 unless stated.
             */
            clarityShare?: number;
            /**
             * The most that P(yes) to clarity rises while all tokens are committed: a step at which it cannot have come to `clarity` since the last answer is not asked about. Unless stated every step is.
             */
            clarityRise?: number;
            /**
             * Paths that reach their ends however low their potential; 1 as in the paper. Default: 1.
             */
            finishAtLeast?: number;
            /**
             * P(yes) from which the chosen image needs no correction. Default: 0.5.
             */
            reflection?: number;
            /**
             * Rounds of self-correction at most. Default: 3.
             */
            reflections?: number;
            /**
             * Judges in the place of the run's own (`models.judge`); several are an ensemble. Default: [].
             *
             * @maxItems 64
             */
            judges?: string[];
            /**
             * Whether an ensemble chooses by the mean of its judges' ranks or of their scores. Default: "rank".
             */
            ensemble?: "rank" | "mean";
            /**
             * Another judge for a question, so that one network cuts and another chooses, or reflection is asked of one that did not choose.
             */
            judgeOf?: {
              /**
               * Who is asked about outcome; unless stated those who judge.
               */
              outcome?: string;
              /**
               * Who is asked about process; unless stated those who judge.
               */
              process?: string;
              /**
               * Who is asked about clarity; unless stated those who judge.
               */
              clarity?: string;
              /**
               * Who is asked about potential; unless stated those who judge.
               */
              potential?: string;
              /**
               * Who is asked about reflection; unless stated those who judge.
               */
              reflection?: string;
            };
            /**
             * When the search for one image stops beside its N; null does not limit it.
             */
            budget?: {
              /**
               * Function evaluations of the generator at most. Default: null.
               */
              nfe?: number | null;
              /**
               * Images shown to the judge at most. Default: null.
               */
              judgeCalls?: number | null;
              /**
               * P(yes) from which an image is good enough to stop early. Default: null.
               */
              confidence?: number | null;
              /**
               * Paths begun together before the search looks at its budget; null begins all, or 4 when it may stop early. Default: null.
               */
              atOnce?: number | null;
            };
          }
        | {
            /**
             * Random search: the best of N.
             */
            kind: "random";
            /**
             * Candidates, paths or branches, as the strategy counts them. Default: 20.
             */
            n?: number;
            /**
             * Judges in the place of the run's own (`models.judge`); several are an ensemble. Default: [].
             *
             * @maxItems 64
             */
            judges?: string[];
            /**
             * Whether an ensemble chooses by the mean of its judges' ranks or of their scores. Default: "rank".
             */
            ensemble?: "rank" | "mean";
            /**
             * Another judge for a question, so that one network cuts and another chooses, or reflection is asked of one that did not choose.
             */
            judgeOf?: {
              /**
               * Who is asked about outcome; unless stated those who judge.
               */
              outcome?: string;
              /**
               * Who is asked about process; unless stated those who judge.
               */
              process?: string;
              /**
               * Who is asked about clarity; unless stated those who judge.
               */
              clarity?: string;
              /**
               * Who is asked about potential; unless stated those who judge.
               */
              potential?: string;
              /**
               * Who is asked about reflection; unless stated those who judge.
               */
              reflection?: string;
            };
            /**
             * When the search for one image stops beside its N; null does not limit it.
             */
            budget?: {
              /**
               * Function evaluations of the generator at most. Default: null.
               */
              nfe?: number | null;
              /**
               * Images shown to the judge at most. Default: null.
               */
              judgeCalls?: number | null;
              /**
               * P(yes) from which an image is good enough to stop early. Default: null.
               */
              confidence?: number | null;
              /**
               * Paths begun together before the search looks at its budget; null begins all, or 4 when it may stop early. Default: null.
               */
              atOnce?: number | null;
            };
          }
        | {
            /**
             * Search around the best so far.
             */
            kind: "zero-order";
            /**
             * Candidates, paths or branches, as the strategy counts them. Default: 20.
             */
            n?: number;
            /**
             * Neighbours tried around each pivot. Default: 4.
             */
            neighbours?: number;
            /**
             * Share of the pivot's tokens that a neighbour draws again. Default: 0.5.
             */
            remask?: number;
            /**
             * Judges in the place of the run's own (`models.judge`); several are an ensemble. Default: [].
             *
             * @maxItems 64
             */
            judges?: string[];
            /**
             * Whether an ensemble chooses by the mean of its judges' ranks or of their scores. Default: "rank".
             */
            ensemble?: "rank" | "mean";
            /**
             * Another judge for a question, so that one network cuts and another chooses, or reflection is asked of one that did not choose.
             */
            judgeOf?: {
              /**
               * Who is asked about outcome; unless stated those who judge.
               */
              outcome?: string;
              /**
               * Who is asked about process; unless stated those who judge.
               */
              process?: string;
              /**
               * Who is asked about clarity; unless stated those who judge.
               */
              clarity?: string;
              /**
               * Who is asked about potential; unless stated those who judge.
               */
              potential?: string;
              /**
               * Who is asked about reflection; unless stated those who judge.
               */
              reflection?: string;
            };
            /**
             * When the search for one image stops beside its N; null does not limit it.
             */
            budget?: {
              /**
               * Function evaluations of the generator at most. Default: null.
               */
              nfe?: number | null;
              /**
               * Images shown to the judge at most. Default: null.
               */
              judgeCalls?: number | null;
              /**
               * P(yes) from which an image is good enough to stop early. Default: null.
               */
              confidence?: number | null;
              /**
               * Paths begun together before the search looks at its budget; null begins all, or 4 when it may stop early. Default: null.
               */
              atOnce?: number | null;
            };
          }
        | {
            /**
             * Search over paths: the best are kept and branched.
             */
            kind: "over-paths";
            /**
             * Candidates, paths or branches, as the strategy counts them. Default: 20.
             */
            n?: number;
            /**
             * What is asked about images midway. Default: "process".
             */
            question?: "process" | "outcome" | "potential";
            /**
             * States kept at each selection. Default: 4.
             */
            keep?: number;
            /**
             * Share of a kept state's tokens that its copies draw again. Default: 0.25.
             */
            remask?: number;
            /**
             * Steps before the first selection, and between two. Default: 3.
             */
            every?: number;
            /**
             * Judges in the place of the run's own (`models.judge`); several are an ensemble. Default: [].
             *
             * @maxItems 64
             */
            judges?: string[];
            /**
             * Whether an ensemble chooses by the mean of its judges' ranks or of their scores. Default: "rank".
             */
            ensemble?: "rank" | "mean";
            /**
             * Another judge for a question, so that one network cuts and another chooses, or reflection is asked of one that did not choose.
             */
            judgeOf?: {
              /**
               * Who is asked about outcome; unless stated those who judge.
               */
              outcome?: string;
              /**
               * Who is asked about process; unless stated those who judge.
               */
              process?: string;
              /**
               * Who is asked about clarity; unless stated those who judge.
               */
              clarity?: string;
              /**
               * Who is asked about potential; unless stated those who judge.
               */
              potential?: string;
              /**
               * Who is asked about reflection; unless stated those who judge.
               */
              reflection?: string;
            };
            /**
             * When the search for one image stops beside its N; null does not limit it.
             */
            budget?: {
              /**
               * Function evaluations of the generator at most. Default: null.
               */
              nfe?: number | null;
              /**
               * Images shown to the judge at most. Default: null.
               */
              judgeCalls?: number | null;
              /**
               * P(yes) from which an image is good enough to stop early. Default: null.
               */
              confidence?: number | null;
              /**
               * Paths begun together before the search looks at its budget; null begins all, or 4 when it may stop early. Default: null.
               */
              atOnce?: number | null;
            };
          };
      /**
       * How tables name it after the checkpoint; null takes the verifier's own name. Default: null.
       */
      label?: string | null;
      /**
       * Which checkpoints have this row: every one, the base, the last round's, both, or the last promoted; or one that the run does not make, by name, id, folder or "RUN/round-K". Default: "all".
       */
      checkpoints?:
        | ("all" | "first" | "last" | "first-and-last" | "promoted")
        | {
            fixed: string;
          };
    }[];
    /**
     * What evaluation prompts may share with training prompts: objects, counts, colours and relation, in whatever words.
     */
    leaks?: {
      /**
       * Whether a run whose evaluation leaks does not start, or starts and says so in its report. Default: "refuse".
       */
      rule?: "refuse" | "report";
      /**
       * Tasks with too few combinations to be kept apart. Default: ["single_object"].
       *
       * @maxItems 4096
       */
      allowedTasks?: ("single_object" | "two_object" | "counting" | "colors" | "position" | "color_attr")[];
    };
    /**
     * Whether each row is compared with every earlier one, or with the first alone, where rows are many. Default: "all".
     */
    compare?: "all" | "with-first";
    /**
     * Bootstrap resamples behind every interval. Default: 10000.
     */
    resamples?: number;
  };
  /**
   * File that also receives the final summary; null writes only to the workspace's reports. Default: null.
   */
  results?: string | null;
  /**
   * Images of one shard: the most work lost when the process is killed. Default: 256.
   */
  shardImages?: number;
  /**
   * Largest share of one round's images whose verdicts may fail before the run stops. Default: 0.05.
   */
  failedVerdicts?: number;
  /**
   * How shards are computed beside the coordinator (`--executor`). Nothing of it changes a result, so it may differ whenever a run goes on.
   */
  execution?: {
    /**
     * Worker processes; null takes as many as a cluster, or this machine's graphics cards, have room for. Default: null.
     */
    workers?: number | null;
    /**
     * Cores that one worker is given. Default: 1.
     */
    cpus?: number;
    /**
     * Graphics cards of one worker: a fraction shares one; 1 by default for a family that runs on them. Default: 0.
     */
    gpus?: number;
    /**
     * Memory of one worker; null asks for none. Default: null.
     */
    memoryGigabytes?: number | null;
    /**
     * Tries of a shard, and starts of a training, before it is given up. Default: 3.
     */
    attempts?: number;
    /**
     * A shard that takes longer counts as hanging; its worker is ended. Default: 60.
     */
    shardMinutes?: number;
  };
  round?: {
    /**
     * Round whose checkpoint this one starts from, 0 for the base; null starts from the last promoted. Rounds that start from the same one so draw the same candidates and pairs, and differ in their training alone. Default: null.
     */
    from?: number | null;
    /**
     * Training prompts of this round, spread evenly over the tasks. Default: 200.
     */
    prompts?: number;
    /**
     * Tasks whose prompts are trained on; null trains on all, and on prompts without a task. Default: null.
     */
    tasks?: ("single_object" | "two_object" | "counting" | "colors" | "position" | "color_attr")[] | null;
    /**
     * How many candidates: of every prompt, or of every task, spread over its prompts, so that small tasks get more of each.
     */
    candidates?:
      | {
          perPrompt: number;
        }
      | {
          perTask: number;
        };
    /**
     * Candidates that share their first steps, for pairs in which one choice decided (mining policy "per-step"): of a prompt's images every `each` branch off one path, after the steps of `after` in turn. Null samples every image apart. Default: null.
     */
    forks?: {
      /**
       * Images of one path: it and its branches. Default: 4.
       */
      each?: number;
      /**
       * Decoding steps that they share: the first path parts after the first number, the second after the second, and so on.
       *
       * @maxItems 4096
       */
      after: number[];
    } | null;
    /**
     * What a round does with the run's judge.
     */
    judge?: {
      /**
       * Tunes it, on images of the policy that the round starts from, before the round's pairs are labelled; it is the run's judge from then on. Null leaves it. Default: null.
       */
      tune?: {
        /**
         * Who says what a judge learns: which images of the new policy are right.
         */
        labels?:
          | {
              by: "detector";
            }
          | {
              by: "judge";
              /**
               * A stronger judge's checkpoint.
               */
              judge: string;
              /**
               * P(yes) from which an image is a yes. Default: 0.5.
               */
              yesFrom?: number;
              /**
               * P(yes) up to which an image is a no; those between the two are neither. Default: 0.5.
               */
              noUpTo?: number;
            }
          | {
              by: "reviews";
              /**
               * Answers of people on a pair, skips not counted, from which its images are learned from. Default: 1.
               */
              least?: number;
            };
        /**
         * Share of the samples that are drawn from those of earlier rounds' tunings, prompt by prompt; 0 takes none. Default: 0.3.
         */
        earlierSamples?: number;
        /**
         * Images of the same policy, of prompts that decide promotion, on which the judge is measured before and after.
         */
        heldOut?: {
          /**
           * Prompts that the judge is measured on. Default: 60.
           */
          prompts?: number;
          /**
           * Images of each. Default: 8.
           */
          perPrompt?: number;
        };
        /**
         * A tuned judge that ranks the held-out images worse than before (AUC within prompts) is kept and shown, but not used. Default: true.
         */
        keepBetter?: boolean;
        /**
         * As any training of a judge; one that has learned already takes fewer and smaller steps.
         */
        training?: {
          /**
           * Optimizer steps. Default: 150.
           */
          steps?: number;
          /**
           * Samples an optimizer step, eight of a prompt. Default: 96.
           */
          batch?: number;
          /**
           * Peak of the cosine schedule. Default: 0.0001.
           */
          learningRate?: number;
          /**
           * Share of the steps over which the rate rises from 0. Default: 0.05.
           */
          warmupShare?: number;
          /**
           * Weight of ranking the answers within a prompt, beside answering each. Default: 0.5.
           */
          rankingWeight?: number;
          /**
           * Weight of the reasons of a reflection. Default: 0.2.
           */
          reasonWeight?: number;
          /**
           * Whether the judge is told which tokens of a preview are settled. Default: true.
           */
          settled?: boolean;
          /**
           * Decay of the moving average of the weights, which is then what is kept; 0 for none. Default: 0.99.
           */
          averageDecay?: number;
          /**
           * CPU threads; null leaves it to torch. Default: null.
           */
          threads?: number | null;
          /**
           * Where to train; auto takes a graphics card where there is one. Default: "cpu".
           */
          device?: "cpu" | "cuda" | "auto";
          /**
           * Optimizer steps between resumable states. Default: 200.
           */
          checkpointEvery?: number;
        };
      } | null;
    };
    /**
     * How a candidate becomes a yes or a no. The paper labels with an object detector.
     */
    labels?:
      | {
          by: "detector";
        }
      | {
          by: "judge";
          /**
           * P(yes) from which an image is a yes. Default: 0.5.
           */
          yesFrom?: number;
          /**
           * P(yes) up to which an image is a no; those between the two are neither. Default: 0.5.
           */
          noUpTo?: number;
        };
    /**
     * Which chosen and rejected candidates of a prompt become pairs. Chosen is always a yes.
     */
    mining?:
      | {
          /**
           * The paper's: a random yes and a random no.
           */
          policy: "random-yes-no";
          /**
           * Most pairs of one prompt. Default: 1.
           */
          pairsPerPrompt?: number;
          /**
           * Least difference between the scores of chosen and rejected. Default: 0.
           */
          margin?: number;
        }
      | {
          /**
           * The best yes and the worst no, then the next ones.
           */
          policy: "best-versus-worst";
          /**
           * Most pairs of one prompt. Default: 1.
           */
          pairsPerPrompt?: number;
          /**
           * Least difference between the scores of chosen and rejected. Default: 0.
           */
          margin?: number;
        }
      | {
          /**
           * The best and the runner-up, whatever its label: the smallest step that is still one.
           */
          policy: "best-versus-second";
          /**
           * Least difference between the scores of chosen and rejected. Default: 0.
           */
          margin?: number;
        }
      | {
          /**
           * The no that is nearest to right.
           */
          policy: "hard-negatives";
          /**
           * Nearest by most tokens equal to the yes, or by fewest reasons against it. Default: "tokens".
           */
          nearest?: "tokens" | "requirements";
          /**
           * Most pairs of one prompt. Default: 1.
           */
          pairsPerPrompt?: number;
          /**
           * Least difference between the scores of chosen and rejected. Default: 0.
           */
          margin?: number;
        }
      | {
          /**
           * A yes and a no that were forked from one state: their first steps are the same.
           */
          policy: "per-step";
          /**
           * Most pairs of one prompt. Default: 1.
           */
          pairsPerPrompt?: number;
          /**
           * Least difference between the scores of chosen and rejected. Default: 0.
           */
          margin?: number;
        };
    /**
     * Balances the tasks: at most so many pairs of each; null keeps every pair. Default: null.
     */
    pairsPerTask?: number | null;
    /**
     * Share of the pair set that is drawn from the sets of earlier rounds; 0 is on-policy only. Default: 0.
     */
    earlierPairs?: number;
    /**
     * The frozen model DPO measures against: the run's base, the checkpoint the round starts from, or a named one. Default: "previous".
     */
    reference?:
      | ("base" | "previous")
      | {
          fixed: string;
        };
    /**
     * Whether all pairs of earlier rounds are trained on again. Default: false.
     */
    accumulatePairs?: boolean;
    /**
     * One DPO training.
     */
    training?: {
      /**
       * A program that trains in place of ours, and its arguments (docs/own-trainers.md); null trains here. Default: null.
       */
      command?: string[] | null;
      /**
       * Layout of the pairs that such a program is given, as `espalier export` writes it. Default: "imagefolder".
       */
      pairsLayout?:
        | "arrow"
        | "save-to-disk"
        | "parquet"
        | "pick-a-pic"
        | "diffusers-dpo"
        | "flow-factory"
        | "imagefolder"
        | "webdataset"
        | "verl-omni"
        | "trl"
        | "jsonl";
      /**
       * Optimizer steps; null trains `epochs` passes over the pairs. Default: null.
       */
      steps?: number | null;
      /**
       * Passes over the pairs, where steps do not say otherwise. Default: 1.
       */
      epochs?: number;
      /**
       * Pairs an optimizer step. Default: 32.
       */
      batchPairs?: number;
      /**
       * How a step's pairs are drawn: from all pairs alike, or as many of each task (give or take one), those of tasks with few pairs more often. Every pair must have a task then. Default: "none".
       */
      balance?: "none" | "task";
      /**
       * Peak of the cosine schedule. Default: 0.00005.
       */
      learningRate?: number;
      /**
       * Share of the steps over which the rate rises from 0. Default: 0.1.
       */
      warmupShare?: number;
      /**
       * AdamW's, on matrices only. Default: 0.
       */
      weightDecay?: number;
      /**
       * Longer gradients are scaled down to this norm. Default: 1.
       */
      maximumGradientNorm?: number;
      /**
       * Strength of the pull to the reference. Default: 0.1.
       */
      beta?: number;
      /**
       * Named losses and their weights; DPO with a share of SFT is { sigmoid: 1, sft: 0.5 }.
       */
      losses?: {
        sigmoid?: number;
        sigmoid_smoothed?: number;
        robust?: number;
        hinge?: number;
        ipo?: number;
        ipo_unnormalised?: number;
        sigmoid_norm?: number;
        exo_pair?: number;
        nca_pair?: number;
        bco_pair?: number;
        bco_pair_centred?: number;
        sppo_hard?: number;
        aot?: number;
        aot_unpaired?: number;
        apo_zero?: number;
        apo_down?: number;
        discopop?: number;
        dpop?: number;
        sft?: number;
      };
      /**
       * Share of the labels assumed flipped. Default: 0.
       */
      labelSmoothing?: number;
      /**
       * What holds the policy to its reference: an f-divergence by TRL's name. Default: "reverse_kl".
       */
      divergence?:
        "reverse_kl" | "forward_kl" | "js_divergence" | "alpha_divergence" | "alpha_divergence_older";
      /**
       * Order of the alpha divergences. Default: 0.5.
       */
      divergenceAlpha?: number;
      /**
       * Temperature of the mixture in the loss discopop. Default: 0.05.
       */
      discopopTau?: number;
      /**
       * An image's log-probability: the sum over scored tokens, or their mean. Default: "sum".
       */
      reduction?: "sum" | "mean";
      /**
       * Which tokens are hidden when an image's likelihood is estimated. Chosen and rejected share their draws.
       */
      masks?: {
        /**
         * Ratios as in pre-training, ratios from `lowestRatio` to 1, or the steps at which each image's own tokens were committed. Default: "high-ratio".
         */
        policy?: "random" | "high-ratio" | "own-path";
        /**
         * Lowest ratio that high-ratio draws. Default: 0.75.
         */
        lowestRatio?: number;
        /**
         * What own-path scores: the tokens committed at the step drawn, or all that were still masked. Default: "committed".
         */
        scored?: "committed" | "masked";
        /**
         * First share of the path that own-path draws steps from. Default: 1.
         */
        pathShare?: number;
        /**
         * Masks of a pair in an optimizer step. Default: 2.
         */
        draws?: number;
        /**
         * A pair's masks are spread over the mask ratio instead of being drawn apart from each other. Default: true.
         */
        stratified?: boolean;
        /**
         * Masks come in couples of opposite ratio and positions. Default: false.
         */
        antithetic?: boolean;
        /**
         * Chosen and rejected share their masks; false draws twice, as the released trainer does. Default: true.
         */
        shared?: boolean;
        /**
         * Sets of masks in all; epochs take them in turn. Default: 4.
         */
        tables?: number;
      };
      /**
       * Share of the pairs trained without their caption, as guidance needs. Default: 0.
       */
      captionDropout?: number;
      /**
       * 0 weighs pairs alike, 1 gives every task the same weight. Default: 0.
       */
      taskBalance?: number;
      /**
       * Decay of the moving average of the weights, which is then what is kept; 0 for none. Default: 0.
       */
      averageDecay?: number;
      /**
       * A term of the loss that raises a judge's P(yes) on images drawn while training (arXiv 2501.13926, section 3.3). Default: null.
       */
      guidance?: {
        /**
         * A checkpoint of the judge.
         */
        judge: string;
        /**
         * Weight of the term. Default: 0.1.
         */
        coefficient?: number;
        /**
         * Where its gradient comes from: through the drawn tokens, or from the rewards of several images of a prompt. Default: "straight-through".
         */
        kind?: "straight-through" | "score-function";
        /**
         * What the judge is asked. Default: "outcome".
         */
        question?: string;
        /**
         * Captions an optimizer step, of those of the pairs. Default: 8.
         */
        prompts?: number;
        /**
         * Images of a caption that the score function compares. Default: 4.
         */
        images?: number;
        /**
         * Steps of an image's path that the score function scores. Default: 2.
         */
        draws?: number;
      } | null;
      /**
       * Images drawn while training, for guidance and to look at.
       */
      sampler?: {
        /**
         * Decoding steps. Default: 8.
         */
        steps?: number;
        /**
         * 0 draws from the model itself, as reward guidance expects. Default: 0.
         */
        guidanceScale?: number;
        /**
         * Gumbel temperature of confidence re-masking at step 0. Default: 1.
         */
        temperature?: number;
      };
      /**
       * What is trained: all weights, or a LoRA adapter beside them. Default: null.
       */
      adapter?: {
        /**
         * Rank of the adapter. Default: 8.
         */
        rank?: number;
        /**
         * Its scale is alpha / rank. Default: 16.
         */
        alpha?: number;
        /**
         * Names of linear layers; null takes those of all blocks. Default: null.
         */
        targets?: string[] | null;
        /**
         * Next round: a fresh adapter on merged weights, or this one carried on. Default: "merged".
         */
        betweenRounds?: "merged" | "carried";
      } | null;
      /**
       * Moves the reference towards the policy while training (TR-DPO, arXiv 2404.09656). Default: null.
       */
      referenceSync?: {
        /**
         * Optimizer steps between two moves. Default: 512.
         */
        every?: number;
        /**
         * Share of the policy it moves by; 1 replaces it. Default: 0.6.
         */
        mixup?: number;
      } | null;
      /**
       * Pairs of a share of the captions, which only validate.
       */
      heldOut?: {
        /**
         * Share of the captions; 0 holds none out. Default: 0.
         */
        share?: number;
        /**
         * Optimizer steps between validations. Default: 50.
         */
        every?: number;
        /**
         * Validations without a gain after which training stops; null goes on. Default: null.
         */
        patience?: number | null;
        /**
         * The checkpoint kept: the last weights, or the best on held-out pairs. Default: "last".
         */
        keep?: "last" | "best";
      };
      /**
       * Training stops when the loss is so many times its start. Default: 10.
       */
      divergenceFactor?: number;
      /**
       * Optimizer steps between sample images of the same captions and seeds; null draws none. Default: null.
       */
      sampleEvery?: number | null;
      /**
       * Captions of the sample images: enough for two verifiers to be told apart by them. A report shows six. Default: 48.
       */
      samplePrompts?: number;
      /**
       * Pairs of one forward pass, whose gradients add up; lower ones need less memory. Null takes what keeps the device busy. Default: null.
       */
      microPairs?: number | null;
      /**
       * Arithmetic of the forward passes. Default: "fp32".
       */
      precision?: "fp32" | "bf16";
      /**
       * Whether a generator's layers are compiled; auto does so on a GPU for trainings of 200 passes or more. Default: "auto".
       */
      compile?: "auto" | "never" | "always";
      /**
       * Less memory for about a third more time. Default: false.
       */
      recomputeActivations?: boolean;
      /**
       * Processes of this machine that share each batch. Default: 1.
       */
      processes?: number;
      /**
       * What each process holds: all weights, or its share of weights and optimizer state (FSDP). Default: "none".
       */
      sharding?: "none" | "full";
      /**
       * Trackers of accelerate that get the metrics too, such as "tensorboard"; none by default. Default: [].
       *
       * @maxItems 4096
       */
      trackers?: string[];
      /**
       * CPU threads; null leaves it to torch. Default: null.
       */
      threads?: number | null;
      /**
       * Where to train; auto takes a graphics card where there is one. Default: "cpu".
       */
      device?: "cpu" | "cuda" | "auto";
      /**
       * Optimizer steps between resumable states. Default: 50.
       */
      checkpointEvery?: number;
      /**
       * Resumable states kept while training. Default: 2.
       */
      keepCheckpoints?: number;
    };
  };
}
