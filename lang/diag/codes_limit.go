package diag

func init() {
	add(
		Entry{"limit/depth", "blocks call each other too deep",
			"At most 200 calls may stand inside each other. A block that calls itself must test a setting before the call.",
			"block f(x, n: int) {\n    return f(x, n + 1)\n}\n\nmodel M(image: tensor[1, 32, 32, 16]) {\n    return f(image, 1)\n}"},
		Entry{"limit/steps", "an elaboration takes too many steps",
			"A model is elaborated in at most 1,000,000 statements and calls.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    n = 0\n    for _i in 1..2000 { for _j in 1..2000 { n = n + 1 } }\n    return n * image\n}"},
		Entry{"limit/list", "a list or a string is too long",
			"A list or a range has at most 100,000 elements, with those of the lists inside it; a string at most 100,000 bytes.",
			"all = 1..1000000"},
		Entry{"limit/number", "a result is no number that can be held",
			"An int has 64 bits, a float is finite, and nothing is divided by zero.",
			"size = 2 ^ 64"},
		Entry{"limit/tensor", "a tensor is too large",
			"An axis has at most 2^24 elements, a tensor at most 2^40. Sizes are written in the order channel, x, y, z.",
			"model M(image: tensor[1, 4096, 4096, 4096]) {\n    return image |> conv(4096)\n}"},
		Entry{"limit/files", "a program has too many files",
			"A program imports at most 200 files.", ""},
	)
}
