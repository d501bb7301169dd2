# Reads a C header, and prints its comments and declarations as Markdown. A comment that begins with
# /** at the margin is about the declaration below it; the first one is about all.
function put(line) {
  sub(/GANTRY_SSD_API /, "", line)
  print line
}
in_code {
  put($0)
  if ($0 ~ end) { print "```"; in_code = 0 }
  next
}
/^\/\*\*/ {
  text = ""
  in_text = 1
  sub(/^\/\*\* ?/, "")
}
in_text {
  is_last = sub(/ ?\*\/$/, "")
  sub(/^ \* ?/, "")
  text = text (text == "" ? "" : "\n") $0
  if (!is_last) next
  in_text = 0
  sub(/\n+$/, "", text)
  if (!has_begun) { print text; text = ""; has_begun = 1 }
  next
}
text != "" && /^(enum|struct|typedef|#define|GANTRY_SSD_API)/ {
  name = $0
  if (name ~ /^GANTRY_SSD_API/) {
    sub(/\(.*/, "", name)
    sub(/.*[ *]/, "", name)
    name = name "()"
    end = ";$"
  } else if (name ~ /^#define/) {
    split(name, word, " ")
    name = word[2]
    end = "."
  } else if (name ~ /^typedef/) {
    sub(/;$/, "", name)
    sub(/.* /, "", name)
    end = ";$"
  } else {
    sub(/ \{.*/, "", name)
    end = "^}"
  }
  print "\n## `" name "`\n\n" text "\n\n```c"
  text = ""
  put($0)
  in_code = 1
  if ($0 ~ end) { print "```"; in_code = 0 }
}
