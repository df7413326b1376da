# Espalier in a container, from the tarball that `npm pack` makes here:
#   npm pack && docker build --tag espalier .                  (TORCH=cuda for GPUs: --build-arg TORCH=cuda)
#   docker run --rm --volume "$PWD:/work" espalier quickstart  (with GPUs: --gpus all)
FROM node:22-bookworm-slim

ARG TORCH=cpu

# better-sqlite3 comes as a binary; where none fits it is compiled.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-pip python3-venv g++ make \
    && rm -rf /var/lib/apt/lists/*

COPY espalier-*.tgz /tmp/
RUN npm install --global --nodedir=/usr/local --no-fund --no-audit /tmp/espalier-*.tgz \
    && npm cache clean --force \
    && rm /tmp/espalier-*.tgz

# What is fetched lies in the cache of the user who runs it: "node" of the image, who is not root.
USER 1000
ENV ESPALIER_CACHE=/home/node/.cache/espalier
RUN espalier setup --torch "${TORCH}" && espalier doctor

WORKDIR /work
ENTRYPOINT ["espalier"]
CMD ["--help"]
