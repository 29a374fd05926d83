package diag

func init() {
	add(
		Entry{"parameter/init", "an initialisation is not known",
			"A parameter begins as `uniform` (±gain/sqrt(fan_in)), `msra`, `msra_average`, `normal`, `zeros`, `ones`, or as a number.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image |> conv(8, init: \"xavier\")\n}"},
		Entry{"parameter/name", "parameters cannot be named so",
			"`as: \"head\"` names the parameters of a call. A name is letters, digits and `_`, and only one call of a block has it.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image |> conv(8, as: \"head\") |> conv(8, as: \"head\")\n}"},
		Entry{"parameter/place", "a parameter or a state is made where none can be",
			"Parameters belong to models, states to models and optimizers. A loss and a constant have neither.",
			"scale = parameter([channel: 4])"},
		Entry{"parameter/update", "an update does not have a state of its own",
			"`update` takes a state, by the name it was bound to, and gives it one next value in a step.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    update(image, 2 * image)\n    return image\n}"},
	)
}
