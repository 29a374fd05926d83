package diag

func init() {
	add(
		Entry{"call/missing", "an argument is missing",
			"A block needs all its tensors, and every setting without a default. A note shows how the block is declared. A call " +
				"without any tensor binds settings: `residual(convs: 2)` is a block that waits for its tensor.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image |> residual(channels: 8)\n}"},
		Entry{"call/unexpected", "an argument is not taken",
			"The block has no parameter of that name, or takes fewer arguments. The message offers the nearest name.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image |> residual(conv: 1)\n}"},
		Entry{"call/order", "an argument by position follows a named one",
			"Arguments by position come first, in the order of the declaration; named ones follow in any order.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image |> conv(channels: 8, 3)\n}"},
		Entry{"call/duplicate", "an argument is given twice",
			"Each parameter gets one value, by position or by name. In a pipe, the first tensor is what is piped.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image |> conv(8, channels: 8)\n}"},
		Entry{"call/require", "a requirement of a block is not met",
			"A block states with `require` what it needs of its arguments. A note shows the requirement and the values here.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image |> conv(8) |> residual(convs: 1, channels: 16)\n}"},
		Entry{"call/tensors", "a tensor stands after a setting among the parameters",
			"A block's tensors come first, then its settings. A parameter without a type is a tensor.",
			"block scale(factor: float, x) {\n    return factor * x\n}"},
	)
}
