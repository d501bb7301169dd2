# expect_attached(<count> <artifact type> <image>[@<digest>|:<tag>]): so many documents of this type.
function(expect_attached count type image)
  run("${GANTRY}" image referrers "oci:${BUILD}/gantry/published/${image}" --type "${type}")
  string(REGEX MATCHALL "sha256:" found "${output}")
  list(LENGTH found found)
  if(NOT found EQUAL count)
    fail("${found} of ${type} are attached to ${image}, not ${count}")
  endif()
endfunction()

set(sbom "application/spdx+json")
set(statement "application/vnd.in-toto+json")
set(signature "application/vnd.dev.cosign.artifact.sig.v1+json")
write_source(dist/tool "a tool")
output_path(record app.build)
expect_line("${record}" "gantry-build 1" "target app" "preset a preset" "project Case"
            "project-version 1.2.3" "homepage https://example.org/case" "build-type Debug")

# The key is missed before anything is published.
build(publish_app FAILS "${SOURCE}/keys/signing.pem: No such file or directory")
if(EXISTS "${BUILD}/gantry/published/app")
  fail("an image is published that cannot be signed")
endif()

write_source(
  keys/signing.pem
  "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgO7mSHsu2QxI2B4Ea
I0vuVtHzKxNUd+3anmCL0Lc7e6+hRANCAATifTidcVgeWAzJ/9Q4SV0ke5xt7jRf
Qmsg3d/afgjveX8R1O56kftOgTxNxeq/p+kpAqUWhwtO1Vg7kaluPeXi
-----END PRIVATE KEY-----
")
build(publish_image)
read_digest(before app)
expect_attached(1 "${sbom}" app:1.0)
expect_attached(1 "${statement}" app:1.0)
expect_attached(1 "${signature}" app:1.0)
foreach(type IN ITEMS "${sbom}" "${statement}" "${signature}")
  expect_attached(0 "${type}" plain:latest)
endforeach()
run("${GANTRY}" image referrers "oci:${BUILD}/gantry/published/app:1.0" --type "${statement}"
    --content)
foreach(text IN ITEMS "\"preset\":\"a preset\"" "\"buildType\":\"Debug\"" "\"target\":\"app\""
                      "\"tags\":[\"1.0\"]")
  expect_text("the provenance" "${output}" "${text}")
endforeach()

# Of an index each image has its documents, and the signature is of all.
foreach(platform IN ITEMS amd64 arm64)
  run("${GANTRY}" image referrers "oci:${BUILD}/gantry/published/prebuilt:latest" --platform
      linux/${platform} --content)
  string(SHA256 digest "a tool")
  expect_text("the provenance" "${output}"
              "{\"digest\":{\"sha256\":\"${digest}\"},\"name\":\"prebuilt /usr/bin/tool\"}")
  if(output MATCHES "buildType\":\"Debug")
    fail("nothing was compiled for a prebuilt image: ${output}")
  endif()
endforeach()
expect_attached(0 "${statement}" prebuilt:latest)
expect_attached(1 "${signature}" index:latest)

# Nothing is attached twice, and nothing of it decides the image.
file(GLOB_RECURSE blobs "${BUILD}/gantry/published/*")
build(publish_image)
file(GLOB_RECURSE again "${BUILD}/gantry/published/*")
if(NOT blobs STREQUAL again)
  fail("publishing again has changed what is published")
endif()
read_digest(after app)
expect_text("the image" "${after}" "${before}")
output_path(spec app.spec)
file(READ "${spec}" text)
if(text MATCHES "signing|sbom|provenance")
  fail("what is attached is in the image's spec: ${text}")
endif()
expect_nothing_to_do()
