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
		})
	}
	return list
}
