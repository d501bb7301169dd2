# Reads includes.txt, then source files, and prints every include that its folder may not have.
FNR == NR && FILENAME ~ /includes\.txt$/ {
  if ($0 !~ /^#/) { split($0, rule, ":"); allowed[rule[1]] = rule[2] " " }
  next
}
FNR == 1 {
  split(FILENAME, part, "/")
  folder = part[1] "/" part[2]
  if (!(folder in allowed)) {
    if (!(folder in named)) print FILENAME ": the folder " folder " has no line in tests/lint/includes.txt"
    named[folder] = 1
    bad = 1
  }
  files++
}
match($0, /^[ \t]*#[ \t]*include[ \t]*"[^"]*"/) {
  name = $0
  sub(/^[^"]*"/, "", name)
  sub(/".*/, "", name)
  if (name !~ /\//) {
    print FILENAME ":" FNR ": \"" name "\" does not name its folder"
    bad = 1
    next
  }
  target = name
  sub(/\/.*/, "", target)
  if (target != part[2] && index(allowed[folder], " " target " ") == 0) {
    print FILENAME ":" FNR ": " folder " may not include " target "/ (\"" name "\")"
    bad = 1
  }
}
END {
  if (!files) { print "no source file found"; bad = 1 }
  exit bad
}
