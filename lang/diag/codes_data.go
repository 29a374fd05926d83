package diag

func init() {
	add(
		Entry{"data/setting", "data has a setting that is not known",
			"The settings of `data` are image, label, spacing, size, prepare and augment.",
			"data D {\n    image = \"*.mhd\"\n    label = \"*_seg.mhd\"\n    spacing = [1mm, 1mm, 1.5mm]\n    voxels = [64, 64, 32]\n}"},
		Entry{"data/missing", "data lacks a setting",
			"`image` and `label` say which files are the images and which the labels; pairs are found by what `*` stands for. " +
				"`spacing` is the grid on which the network sees every volume, since scanners differ in theirs.",
			"data D {\n    image = \"*.mhd\"\n    spacing = [1mm, 1mm, 1.5mm]\n}"},
		Entry{"data/value", "a setting of data has a value that it cannot have",
			"`spacing` and `size` are lists of three, in the order x, y, z: lengths above 0 and up to 1000 mm, and numbers of voxels " +
				"from 1.",
			"data D {\n    image = \"*.mhd\"\n    label = \"*_seg.mhd\"\n    spacing = [1mm, 1mm, 1.5mm]\n    size = [128, 128]\n}"},
		Entry{"data/pattern", "a pattern of file names does not name cases",
			"A pattern has one `*`, which stands for the name of the case and has no `/` in it; `?` and `[ab]` choose nothing. It is " +
				"relative to the folder of the data, and the pattern of the labels is another than that of the images.",
			"data D {\n    image = \"case1.mhd\"\n    label = \"*_seg.mhd\"\n    spacing = [1mm, 1mm, 1.5mm]\n}"},
		Entry{"data/step", "a step of preparation or augmentation is not known",
			"`prepare` and `augment` are lists of steps, each with its settings in brackets. `prepare` is done once to every volume, " +
				"`augment` anew for each sample of training.",
			"data D {\n    image = \"*.mhd\"\n    label = \"*_seg.mhd\"\n    spacing = [1mm, 1mm, 1.5mm]\n    prepare = [normalise()]\n}"},
	)
}
