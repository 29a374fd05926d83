package diag

func init() {
	add(
		Entry{"data/setting", "data has a setting that is not known",
			"The settings of `data` are image, label, spacing, size, prepare and augment.",
			"data D {\n    image = \"*.mhd\"\n    label = \"*_seg.mhd\"\n    spaceing = [1mm, 1mm, 1mm]\n}"},
		Entry{"data/missing", "data lacks a setting",
			"`image` and `label` say which files are the images and which the labels. Pairs are found by what `*` stands for.",
			"data D {\n    image = \"*.mhd\"\n}"},
		Entry{"data/value", "a setting of data has a value that it cannot have",
			"`spacing` and `size` are lists of three, in the order x, y, z.",
			"data D {\n    image = \"*.mhd\"\n    label = \"*_seg.mhd\"\n    size = [128, 128]\n}"},
		Entry{"data/pattern", "a pattern of file names cannot be read",
			"In a pattern, `*` stands for any letters, `?` for one, and `[ab]` for one of a and b.",
			"data D {\n    image = \"[*.mhd\"\n    label = \"*_seg.mhd\"\n}"},
		Entry{"data/step", "a step of preparation or augmentation is not known",
			"`prepare` and `augment` are lists of steps, each with its settings in brackets. `prepare` is done once to every volume, " +
				"`augment` anew for each sample of training.",
			"data D {\n    image = \"*.mhd\"\n    label = \"*_seg.mhd\"\n    prepare = [normalise()]\n}"},
	)
}
