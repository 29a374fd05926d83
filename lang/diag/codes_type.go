package diag

func init() {
	add(
		Entry{"type/argument", "an argument has the wrong type",
			"The parameter says which type it takes. An int is taken where a float is wanted, one value where a list is wanted, " +
				"and a number where a block is wanted; nothing else is converted.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image |> conv(channels: \"8\")\n}"},
		Entry{"type/operand", "an operator cannot be applied to its operands",
			"Arithmetic is for numbers, quantities of one unit, and tensors; `+` also joins lists and strings. A block needs its " +
				"arguments before it is a value.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image + prelu\n}"},
		Entry{"type/condition", "a condition is not known when the model is compiled",
			"`if`, `require`, `and`, `or` and `not` want a bool that is known at compile time. Between tensors, choose with " +
				"`select(condition, a, b)`.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    h = image\n    if sum(image) > 0 { h = 2 * h }\n    return h\n}"},
		Entry{"type/loop", "a loop goes over what is no list",
			"A loop goes over a list or a range: `for i in 1..3`.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    h = image\n    for _i in 3 { h = prelu(h) }\n    return h\n}"},
		Entry{"type/call", "what is called is no block",
			"Only blocks, models and builtins can be called. A channel of a tensor is written with square brackets.",
			"model M(image: tensor[2, 32, 32, 16]) {\n    return image(1)\n}"},
		Entry{"type/index", "an index is no int, or there is nothing to choose from",
			"Square brackets choose a channel of a tensor, or an element of a list, by an int counted from 0.",
			"model M(image: tensor[2, 32, 32, 16]) {\n    return image[0.5]\n}"},
		Entry{"type/field", "a dot follows what has no names in it",
			"A dot follows the name of an imported file: `stages.encoder`.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image |> image.conv(8)\n}"},
		Entry{"type/nothing", "a block returns nothing where a value is wanted",
			"A block or a model gives its value with `return`.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    stage _output = image |> conv(8)\n}"},
		Entry{"type/stage", "a stage is no tensor",
			"A stage is a tensor that the model makes. A block that was given no tensor is still a block: pipe one into it.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    stage _a = residual(convs: 1)\n    return image\n}"},
		Entry{"type/output", "a model returns what is no tensor",
			"What a model returns is its output: one tensor, or several.",
			"model M(_image: tensor[1, 32, 32, 16]) {\n    return 1\n}"},
		Entry{"type/require", "the text of a requirement is no string",
			"`require condition, \"text\"`: the text is what the caller reads when the condition does not hold.",
			"block f(x, n: int) {\n    require n > 1, 7\n    return n * x\n}\n\nmodel M(image: tensor[1, 32, 32, 16]) {\n    return image |> f(2)\n}"},
		Entry{"type/dtype", "element types do not fit together",
			"A tensor is f32 unless it is cast. Two tensors of different element types are not mixed; a plain number takes the " +
				"type of the tensor beside it.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image + cast(image, f16)\n}"},
	)
}
