# A Debian with everything that a project needs to build images by Gantry, Gantry included.
#   docker build --tag gantry .
#   docker run --rm --volume "$PWD:/work" gantry sh -c 'cmake -B build -G Ninja && cmake --build build'
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS packages
COPY tools/bootstrap.sh tools/packages.txt /gantry/tools/
COPY presets /gantry/presets
RUN sh /gantry/tools/bootstrap.sh --packages-only demo && rm -rf /var/lib/apt/lists/*

# Built and smoke-tested apart, so that neither sources nor test tools end in the image.
FROM packages AS build
ARG PRESET=release
RUN sh /gantry/tools/bootstrap.sh --packages-only ${PRESET}
COPY . /gantry
RUN sh /gantry/tools/bootstrap.sh ${PRESET} && cmake --install /gantry/build/${PRESET} --prefix /usr/local

FROM packages
COPY --from=build /usr/local /usr/local
RUN rm -rf /gantry && gantry --version
WORKDIR /work
CMD ["bash"]
