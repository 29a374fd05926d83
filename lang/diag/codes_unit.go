package diag

func init() {
	add(
		Entry{"unit/unknown", "a unit is not known",
			"The units are `mm`, a length in the scanner's space, and `voxel`, a step of the image's grid.",
			"data D {\n    image = \"*.mhd\"\n    label = \"*_seg.mhd\"\n    spacing = [1cm, 1mm, 1mm]\n}"},
		Entry{"unit/missing", "a number has no unit where one is needed",
			"A spacing is a length in mm. A plain number cannot be added to, or compared with, a quantity.",
			"data D {\n    image = \"*.mhd\"\n    label = \"*_seg.mhd\"\n    spacing = [1, 1, 1.5]\n}"},
		Entry{"unit/mix", "units are mixed",
			"A length in mm and a number of voxels are related by the spacing, which differs from volume to volume.",
			"margin = 5mm + 2voxel"},
	)
}
