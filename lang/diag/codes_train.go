package diag

const trained = "model M(image: tensor[1, 32, 32, 16]) {\n    return image |> conv(2) |> softmax\n}\n\n"

func init() {
	add(
		Entry{"train/setting", "train has a setting that is not known",
			"The message lists the settings, or offers the nearest one.",
			trained + "train M {\n    loss = mean(image)\n    optimizer = sgd(rate: 0.1)\n    iteration = 100\n}"},
		Entry{"train/missing", "train lacks its loss or its optimizer",
			"A model is trained by the gradient of its loss, one step of the optimizer after the other.",
			trained + "train M {\n    optimizer = sgd(rate: 0.1)\n}"},
		Entry{"train/value", "a setting of train is out of range",
			"`batch` and `iterations` are at least 1; `validation` is the part of the cases that is kept back, below 1.",
			trained + "train M {\n    loss = mean(image)\n    optimizer = sgd(rate: 0.1)\n    validation = 20\n}"},
		Entry{"train/loss", "a loss is no single number",
			"A loss is a number for each sample: reduce it with `mean` or `sum`. It sees the model's stages and inputs, and `label`.",
			trained + "train M {\n    loss = image - label\n    optimizer = sgd(rate: 0.1)\n}"},
		Entry{"train/optimizer", "an optimizer cannot be applied",
			"An optimizer is a block of `weight`, `gradient` and `step`, which returns the weight's next value.",
			trained + "train M {\n    loss = mean(image)\n    optimizer = dice\n}"},
		Entry{"train/size", "the data are brought to another size than the model takes",
			"The `size` of the data is the size of the model's input, in voxels. Where it is left out, the model's own is taken.",
			trained + "data D {\n    image = \"*.mhd\"\n    label = \"*_seg.mhd\"\n    spacing = [1mm, 1mm, 1.5mm]\n    size = [64, 64, 64]\n}\n\n" +
				"train M on D {\n    loss = mean(image)\n    optimizer = sgd(rate: 0.1)\n}"},
		Entry{"train/input", "the model's input is not what the data give",
			"A case is one volume of one channel, which the model takes as `image: tensor[1, x, y, z]`.",
			"model M(image: tensor[2, 8, 8, 8]) {\n    return image |> conv(channels: 2) |> softmax\n}\n\n" +
				"data D {\n    image = \"*.mhd\"\n    label = \"*_seg.mhd\"\n    spacing = [1mm, 1mm, 1.5mm]\n}\n\n" +
				"train M on D {\n    loss = mean(image)\n    optimizer = sgd(rate: 0.1)\n}"},
		Entry{"train/none", "a file does not say how a model is trained",
			"`train MODEL on DATA { ... }` names the loss, the optimizer and the rest of the recipe.", ""},
	)
}
