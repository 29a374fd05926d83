package diag

func init() {
	add(
		Entry{"name/unknown", "a name is not declared",
			"A name is a parameter, a name bound before in the block, a declaration of the file, an imported file, or a block of " +
				"the standard library. The message offers the nearest one, or says which stage is missing in a series.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image |> risidual(convs: 1)\n}"},
		Entry{"name/early", "a name is used before it is made",
			"Statements run from top to bottom. Move the line that makes the name above the one that uses it.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    stage b = image + a\n    stage a = image |> conv(1)\n    return a + b\n}"},
		Entry{"name/duplicate", "a name is declared twice",
			"Declarations of a file, parameters of a block, settings, and stages of a model have one name each: parameters and " +
				"checkpoints are found by them. A model has one train declaration, and where it has one, no stage or input is " +
				"called `label` and no input `step`: training feeds those. A plain binding may be bound again: `h = prelu(h)`.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    stage a = image |> conv(8)\n    stage a = a |> conv(8)\n    return a\n}"},
		Entry{"name/unused", "a name is made and never used",
			"This is a warning. What nothing uses is not computed; often it is a stage that was meant to be piped on, or data " +
				"that no train declaration names. A name that begins with `_` is never warned of.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    stage a = image |> conv(8)\n    stage b = image |> conv(8)\n    return a\n}"},
		Entry{"name/circle", "a constant is defined by itself",
			"The value of a constant may mention other constants, in any order, but not itself.",
			"a = b + 1\nb = a + 1"},
		Entry{"name/stage", "a stage is made where there is no model",
			"Stages are the parts of a model. Inside a stage, or in an optimizer, bind a plain name.",
			"block twice(x) {\n    stage a = x |> conv(4)\n    return a\n}\n\nmodel M(image: tensor[1, 32, 32, 16]) {\n    stage b = image |> twice\n    return b\n}"},
	)
}
