#!/usr/bin/env python3
"""layer_image.py DIRECTORY TYPE DIFF_ID <LAYER: an OCI layout, tag 1.0, of one layer from the standard input, which is believed to
be what it is said to be."""
import hashlib
import json
import os
import sys

directory, layer_type, diff_id = sys.argv[1:]
blobs = os.path.join(directory, "blobs", "sha256")
os.makedirs(blobs)


def put(content, media_type):
    digest = hashlib.sha256(content).hexdigest()
    with open(os.path.join(blobs, digest), "wb") as file:
        file.write(content)
    return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(content)}


def put_json(value, media_type):
    return put(json.dumps(value).encode(), media_type)


layer = put(sys.stdin.buffer.read(), layer_type)
config = put_json(
    {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [diff_id]}},
    "application/vnd.oci.image.config.v1+json",
)
manifest_type = "application/vnd.oci.image.manifest.v1+json"
manifest = put_json({"schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": [layer]}, manifest_type)
manifest["annotations"] = {"org.opencontainers.image.ref.name": "1.0"}
with open(os.path.join(directory, "index.json"), "w", encoding="ascii") as file:
    json.dump({"schemaVersion": 2, "manifests": [manifest]}, file)
with open(os.path.join(directory, "oci-layout"), "w", encoding="ascii") as file:
    file.write('{"imageLayoutVersion":"1.0.0"}')
