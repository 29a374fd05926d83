package diag

func init() {
	add(
		Entry{"shape/concat", "tensors that are joined differ in size",
			"Tensors are joined along one axis, so their sizes on all other axes must be equal. The notes say where each size " +
				"comes from and where rounding made them part; the help lists sizes of the input that fit.",
			"model M(image: tensor[1, 32, 32, 50]) {\n    stage a = image |> down(channels: 8)\n    stage b = a |> down |> up\n    return b |> forward(a)\n}"},
		Entry{"shape/broadcast", "operands of an operator differ in size",
			"Tensors are aligned by the names of their axes. An axis that one of them lacks, or has with size 1, is repeated; other " +
				"sizes must be equal.",
			"model M(image: tensor[2, 32, 32, 16]) {\n    return image + (image |> conv(8))\n}"},
		Entry{"shape/matmul", "factors of a matrix product differ in size",
			"The axes that both factors have are contracted or paired, so their sizes are equal.",
			"model M(image: tensor[2, 32, 32]) {\n    return matmul(image, image |> conv(8), over: x)\n}"},
		Entry{"shape/convolve", "a convolution's arguments do not fit together",
			"A feature map has channels and one to three axes of space; a weight has the axes out, in and those of space, and `in` " +
				"is the number of channels, divided by the groups.",
			"model M(image: tensor[2, 32, 32, 16]) {\n    weight = parameter([out: 4, in: 1] + spatial(image, 3))\n    return convolve(image, weight)\n}"},
		Entry{"shape/empty", "nothing is left of an axis",
			"The window of a convolution or of pooling is wider than what is left of the axis, with its padding.",
			"model M(image: tensor[1, 32, 32, 1]) {\n    return image |> down\n}"},
		Entry{"shape/axis", "a tensor does not have the axis that is named",
			"The axes of a feature map are channel, x, y and z; `space` stands for all of x, y and z.",
			"model M(image: tensor[1, 32, 32]) {\n    return sum(image, over: z)\n}"},
		Entry{"shape/index", "an index is out of range",
			"Channels, and elements of lists, are counted from 0 and from the front.",
			"model M(image: tensor[2, 32, 32, 16]) {\n    return image[2]\n}"},
		Entry{"shape/rank", "a tensor or a list has the wrong number of axes",
			"An input has the sizes channel, x, y, z, or fewer axes of space. A setting for each axis is one number for all, or one " +
				"for each.",
			"model M(image: tensor[1, 32, 32, 16]) {\n    return image |> conv(8, kernel: [3, 3])\n}"},
		Entry{"shape/size", "a size is not positive, or does not fit",
			"Sizes, windows, strides and numbers of channels are whole numbers of at least 1.",
			"model M(image: tensor[0, 32, 32, 16]) {\n    return image\n}"},
		Entry{"shape/label", "a size of a shape has no name",
			"A shape names the axis of each size: `[out: 16, in: 8] + spatial(x, 3)`.",
			"model M(image: tensor[8, 32, 32, 16]) {\n    bias = parameter([8])\n    return image + bias\n}"},
		Entry{"shape/reshape", "a reshape changes the number of elements",
			"A reshape gives the same elements other axes.",
			"model M(image: tensor[1, 32, 32]) {\n    return reshape(image, [channel: 8, x: 32])\n}"},
		Entry{"shape/declared", "a tensor is not as a block declares it",
			"A parameter such as `x: tensor[16, 32, 32, 16]` takes tensors of these sizes only.",
			"block f(x: tensor[2, 32, 32, 16]) {\n    return x * 2\n}\n\nmodel M(image: tensor[1, 32, 32, 16]) {\n    return f(image)\n}"},
		Entry{"shape/update", "the next value of a state has another shape",
			"A state keeps its shape from step to step.",
			"model M(image: tensor[4, 32, 32, 16]) {\n    average = state([channel: 4])\n    update(average, mean(image, over: [batch, channel, y, z]))\n    return image - average\n}"},
		Entry{"shape/batch", "a state would differ from sample to sample",
			"States and parameters are the same for all samples. Reduce over the batch: `mean(x, over: [batch, space])`.",
			"model M(image: tensor[4, 32, 32, 16]) {\n    average = state([channel: 4])\n    update(average, mean(image, over: space))\n    return image - average\n}"},
	)
}
