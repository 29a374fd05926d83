package diag

func init() {
	add(
		Entry{"import/read", "a file cannot be read",
			"An import's path is relative to the file in which it stands.",
			"import \"missing.vn\" as other\n\nblock f(x) {\n    return other.g(x)\n}"},
		Entry{"import/cycle", "files import each other in a circle",
			"What two files need from each other belongs into a third one.",
			"import \"example.vn\" as itself\n\nblock f(x) {\n    return itself.f(x)\n}"},
		Entry{"import/path", "an import's path is absolute or empty",
			"Programs move between machines; paths inside them are relative.",
			"import \"/home/me/stages.vn\" as stages"},
		Entry{"import/name", "a file's name is no name of the language",
			"The blocks of an imported file are reached under its name without `.vn`. Where that is no identifier, give one with `as`.",
			"import \"my-stages.vn\""},
	)
}
