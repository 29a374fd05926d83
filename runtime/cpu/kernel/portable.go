package kernel

// portable is the implementation in plain Go, for machines that have nothing better.
var portable = path{
	name:  "portable",
	lanes: 4,
	tiles: [][3]tileFunc{
		{portableTile(1, 1), portableTile(1, 2), portableTile(1, 3)},
		{portableTile(2, 1), portableTile(2, 2), portableTile(2, 3)},
		{portableTile(4, 1), portableTile(4, 2), portableTile(4, 3)},
	},
	taps: 4,
	dot:  portableDot,

	multiply:      [2]multiplyFunc{portableMultiply(1), portableMultiply(2)},
	multiplySteps: [2]multiplyStepsFunc{portableMultiplySteps(1), portableMultiplySteps(2)},
	outer:         [2]outerFunc{portableOuter(1), portableOuter(2)},
	laneSums:      portableLaneSums,
}

// portableTile returns the tile of rows by four times vectors voxels.
func portableTile(rows, vectors int) tileFunc {
	return func(table []int32, a []float32, aRow int, packed, c []float32, cRow int, add bool) {
		for r := range rows {
			weights := a[r*aRow:]
			for v := 0; v < 4*vectors; v += 4 {
				sums := c[r*cRow+v:][:4]
				var s0, s1, s2, s3 float32
				if add {
					s0, s1, s2, s3 = sums[0], sums[1], sums[2], sums[3]
				}
				from := packed[v:]
				for i := 0; i+1 < len(table); i += 2 {
					w, p := weights[table[i+1]], from[table[i]:][:4]
					s0 += w * p[0]
					s1 += w * p[1]
					s2 += w * p[2]
					s3 += w * p[3]
				}
				sums[0], sums[1], sums[2], sums[3] = s0, s1, s2, s3
			}
		}
	}
}

func portableDot(tiles, planes, length int, y []float32, yRow, yPlane int, packed []float32, packedPlane int, offsets []int32, acc []float32) {
	for t, offset := range offsets[:4*tiles] {
		for r := range dotRows {
			var s0, s1, s2, s3 float32
			for plane := range planes {
				left, right := y[r*yRow+plane*yPlane:][:length], packed[int(offset)+plane*packedPlane:][:length]
				for i := 0; i+3 < len(left) && i+3 < len(right); i += 4 {
					s0 += left[i] * right[i]
					s1 += left[i+1] * right[i+1]
					s2 += left[i+2] * right[i+2]
					s3 += left[i+3] * right[i+3]
				}
			}
			acc[t*dotRows+r] += (s0 + s1) + (s2 + s3)
		}
	}
}
