"""spdx_check.py <document> <tree> [<schema>...]: holds an SPDX document to JSON schemas and to what
the specification says in words, and its files to those of a directory."""

import hashlib
import json
import os
import sys

import jsonschema


def digests(path):
    with open(path, "rb") as file:
        content = file.read()
    return {
        "SHA1": hashlib.sha1(content).hexdigest(),
        "SHA256": hashlib.sha256(content).hexdigest(),
    }


def files_of(tree):
    found = {}
    for directory, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(directory, name)
            if os.path.isfile(path) and not os.path.islink(path):
                found["./" + os.path.relpath(path, tree)] = digests(path)
    return found


def checksums(element):
    return {entry["algorithm"]: entry["checksumValue"] for entry in element["checksums"]}


def check_references(document):
    elements = document["packages"] + document["files"]
    ids = [document["SPDXID"]] + [element["SPDXID"] for element in elements]
    assert len(ids) == len(set(ids)), "an SPDXID stands more than once"
    for relationship in document["relationships"]:
        for end in ("spdxElementId", "relatedSpdxElement"):
            assert relationship[end] in ids, relationship
    described = [
        relationship["relatedSpdxElement"]
        for relationship in document["relationships"]
        if relationship["relationshipType"] == "DESCRIBES"
    ]
    assert described == ["SPDXRef-Image"], described
    related = {relationship["relatedSpdxElement"] for relationship in document["relationships"]} | {
        relationship["spdxElementId"]
        for relationship in document["relationships"]
        if relationship["relationshipType"].endswith("_OF")
    }
    assert related == set(ids[1:]), "an element is related to nothing"


def check_verification_code(document):
    """Clause 7.9."""
    sha1s = sorted(checksums(file)["SHA1"] for file in document["files"])
    expected = hashlib.sha1("".join(sha1s).encode()).hexdigest()
    for package in document["packages"]:
        assert ("packageVerificationCode" in package) == package["filesAnalyzed"], package
        if package["filesAnalyzed"]:
            found = package["packageVerificationCode"]["packageVerificationCodeValue"]
            assert found == expected, (found, expected)


def main(document_path, tree, *schemas):
    with open(document_path, encoding="utf-8") as file:
        document = json.load(file)
    for path in schemas:
        with open(path, encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.validators.validator_for(schema)(schema).validate(document)
        print("valid by", schema["title"][:40])
    check_references(document)
    check_verification_code(document)
    found = {file["fileName"]: checksums(file) for file in document["files"]}
    expected = files_of(tree)
    assert found == expected, set(found) ^ set(expected)
    print(len(found), "files,", len(document["packages"]), "packages")


main(*sys.argv[1:])
