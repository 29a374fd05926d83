package kernel

import "golang.org/x/sys/cpu"

//go:generate go run ./gen

// machinePaths lists the assembly implementations whose instructions this processor has and the operating system
// keeps, fastest first.
func machinePaths() []*path {
	var list []*path
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasFMA {
		list = append(list, &path{
			name:  "avx512",
			lanes: 16,
			tiles: [][3]tileFunc{
				{tile1x1AVX512, tile1x2AVX512, tile1x3AVX512},
				{tile2x1AVX512, tile2x2AVX512, tile2x3AVX512},
				{tile4x1AVX512, tile4x2AVX512, tile4x3AVX512},
				{tile8x1AVX512, tile8x2AVX512, tile8x3AVX512},
			},
			taps: 6,
			dot:  dotAVX512,
			binary: [binaryOperations]binaryFunc{
				add: addAVX512, sub: subAVX512, mul: mulAVX512, div: divAVX512, maximum: maxAVX512, minimum: minAVX512,
				equal: eqAVX512, notEqual: neAVX512, less: ltAVX512, lessOrEqual: leAVX512, greater: gtAVX512, greaterOrEqual: geAVX512,
			},
			unary: [unaryOperations]unaryFunc{
				negate: negAVX512, absolute: absAVX512, squareRoot: sqrtAVX512, roundDown: floorAVX512, exponential: expAVX512, logarithm: logAVX512,
			},
			choose: chooseAVX512,
			sumOf:  sumOfAVX512, maxOf: maxOfAVX512, minOf: minOfAVX512,

			multiply:      [2]multiplyFunc{multiply1AVX512, multiply2AVX512},
			multiplySteps: [2]multiplyStepsFunc{multiplySteps1AVX512, multiplySteps2AVX512},
			outer:         [2]outerFunc{outer1AVX512, outer2AVX512},
			laneSums:      laneSumsAVX512,
			transforms: map[[2]int]transformSet{
				{4, 5}: {
					columns: [sides]TransformFunc{input4x5AVX512, output4x5AVX512, gradient4x5AVX512, weight4x5AVX512, weightGradient4x5AVX512},
					rows:    [sides]RowTransformFunc{SideInput: inputRow4x5AVX512, SideGradient: gradientRow4x5AVX512},
				},
				{2, 5}: {
					columns: [sides]TransformFunc{input2x5AVX512, output2x5AVX512, gradient2x5AVX512, weight2x5AVX512, weightGradient2x5AVX512},
					rows:    [sides]RowTransformFunc{SideInput: inputRow2x5AVX512, SideGradient: gradientRow2x5AVX512},
				},
				{4, 3}: {
					columns: [sides]TransformFunc{input4x3AVX512, output4x3AVX512, gradient4x3AVX512, weight4x3AVX512, weightGradient4x3AVX512},
					rows:    [sides]RowTransformFunc{SideInput: inputRow4x3AVX512, SideGradient: gradientRow4x3AVX512},
				},
				{2, 3}: {
					columns: [sides]TransformFunc{input2x3AVX512, output2x3AVX512, gradient2x3AVX512, weight2x3AVX512, weightGradient2x3AVX512},
					rows:    [sides]RowTransformFunc{SideInput: inputRow2x3AVX512, SideGradient: gradientRow2x3AVX512},
				},
				{1, 1}: {
					columns: [sides]TransformFunc{input1x1AVX512, input1x1AVX512, input1x1AVX512, input1x1AVX512, input1x1AVX512},
					rows:    [sides]RowTransformFunc{SideInput: inputRow1x1AVX512, SideGradient: inputRow1x1AVX512},
				},
			},
			interleave: interleaveAVX512, deinterleave: deinterleaveAVX512,
		})
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		list = append(list, &path{
			name:  "avx2",
			lanes: 8,
			tiles: [][3]tileFunc{
				{tile1x1AVX2, tile1x2AVX2, tile1x3AVX2},
				{tile2x1AVX2, tile2x2AVX2, tile2x3AVX2},
				{tile4x1AVX2, tile4x2AVX2, tile4x3AVX2},
			},
			taps: 3,
			dot:  dotAVX2,
			binary: [binaryOperations]binaryFunc{
				add: addAVX2, sub: subAVX2, mul: mulAVX2, div: divAVX2, maximum: maxAVX2, minimum: minAVX2,
				equal: eqAVX2, notEqual: neAVX2, less: ltAVX2, lessOrEqual: leAVX2, greater: gtAVX2, greaterOrEqual: geAVX2,
			},
			unary: [unaryOperations]unaryFunc{
				negate: negAVX2, absolute: absAVX2, squareRoot: sqrtAVX2, roundDown: floorAVX2, exponential: expAVX2, logarithm: logAVX2,
			},
			choose: chooseAVX2,
			sumOf:  sumOfAVX2, maxOf: maxOfAVX2, minOf: minOfAVX2,

			multiply:      [2]multiplyFunc{multiply1AVX2, multiply2AVX2},
			multiplySteps: [2]multiplyStepsFunc{multiplySteps1AVX2, multiplySteps2AVX2},
			outer:         [2]outerFunc{outer1AVX2, outer2AVX2},
			laneSums:      laneSumsAVX2,
			transforms: map[[2]int]transformSet{
				{4, 5}: {
					columns: [sides]TransformFunc{input4x5AVX2, output4x5AVX2, gradient4x5AVX2, weight4x5AVX2, weightGradient4x5AVX2},
					rows:    [sides]RowTransformFunc{SideInput: inputRow4x5AVX2, SideGradient: gradientRow4x5AVX2},
				},
				{2, 5}: {
					columns: [sides]TransformFunc{input2x5AVX2, output2x5AVX2, gradient2x5AVX2, weight2x5AVX2, weightGradient2x5AVX2},
					rows:    [sides]RowTransformFunc{SideInput: inputRow2x5AVX2, SideGradient: gradientRow2x5AVX2},
				},
				{4, 3}: {
					columns: [sides]TransformFunc{input4x3AVX2, output4x3AVX2, gradient4x3AVX2, weight4x3AVX2, weightGradient4x3AVX2},
					rows:    [sides]RowTransformFunc{SideInput: inputRow4x3AVX2, SideGradient: gradientRow4x3AVX2},
				},
				{2, 3}: {
					columns: [sides]TransformFunc{input2x3AVX2, output2x3AVX2, gradient2x3AVX2, weight2x3AVX2, weightGradient2x3AVX2},
					rows:    [sides]RowTransformFunc{SideInput: inputRow2x3AVX2, SideGradient: gradientRow2x3AVX2},
				},
				{1, 1}: {
					columns: [sides]TransformFunc{input1x1AVX2, input1x1AVX2, input1x1AVX2, input1x1AVX2, input1x1AVX2},
					rows:    [sides]RowTransformFunc{SideInput: inputRow1x1AVX2, SideGradient: inputRow1x1AVX2},
				},
			},
			interleave: interleaveAVX2, deinterleave: deinterleaveAVX2,
		})
	}
	return list
}
