package volume

// run is a stretch of foreground voxels within one row of a grid, x in [start, end).
type run struct {
	start, end int32
	parent     int32 // a run of the same component found earlier, or itself
	voxels     int32 // of the whole component, at its first run
}

// LargestComponent returns a mask (Type Uint8; 0 and 1) of the largest 6-connected component of the volume's non-zero
// voxels; of several equally large, the one whose first voxel comes first in memory. A mask without foreground gives
// one without foreground.
//
// It scans the rows once and joins overlapping runs of neighbouring rows in a union-find forest (Rosenfeld and
// Pfaltz 1966, by runs): 16 bytes for each run of foreground, at most 8 bytes per voxel.
func LargestComponent(v *Volume) *Volume {
	runs, rows := findRuns(v)
	for z := range v.Size[2] {
		for y := range v.Size[1] {
			row := z*v.Size[1] + y
			if y > 0 {
				joinRows(runs, rows[row-1], rows[row], rows[row], rows[row+1])
			}
			if z > 0 {
				below := row - v.Size[1]
				joinRows(runs, rows[below], rows[below+1], rows[row], rows[row+1])
			}
		}
	}

	largest := int32(-1)
	for i := range runs {
		root := find(runs, int32(i))
		if root != int32(i) {
			runs[root].voxels += runs[i].end - runs[i].start
		}
	}
	for i := range runs {
		if runs[i].parent == int32(i) && (largest < 0 || runs[i].voxels > runs[largest].voxels) {
			largest = int32(i)
		}
	}

	out := New(v.Geometry, Uint8)
	for row := range len(rows) - 1 {
		for i := rows[row]; i < rows[row+1]; i++ {
			if find(runs, i) != largest {
				continue
			}
			for x := runs[i].start; x < runs[i].end; x++ {
				out.Data[row*v.Size[0]+int(x)] = 1
			}
		}
	}
	return out
}

// findRuns returns the runs of non-zero voxels in memory order; those of row r are runs[rows[r]:rows[r+1]].
func findRuns(v *Volume) (runs []run, rows []int32) {
	width := v.Size[0]
	rows = make([]int32, v.Size[1]*v.Size[2]+1)
	for row := range len(rows) - 1 {
		line := v.Data[row*width : (row+1)*width]
		for x := 0; x < width; x++ {
			if line[x] == 0 {
				continue
			}
			start := x
			for x < width && line[x] != 0 {
				x++
			}
			id := int32(len(runs))
			runs = append(runs, run{start: int32(start), end: int32(x), parent: id, voxels: int32(x - start)})
		}
		rows[row+1] = int32(len(runs))
	}
	return runs, rows
}

// joinRows unites the runs [a, aEnd) of one row with those of [b, bEnd) of a neighbouring row that they touch.
func joinRows(runs []run, a, aEnd, b, bEnd int32) {
	for a < aEnd && b < bEnd {
		if runs[a].start < runs[b].end && runs[b].start < runs[a].end {
			ra, rb := find(runs, a), find(runs, b)
			runs[max(ra, rb)].parent = min(ra, rb) // the root is the first run, which breaks ties
		}
		if runs[a].end <= runs[b].end {
			a++
		} else {
			b++
		}
	}
}

// find returns the first run of i's component, and shortens the way to it.
func find(runs []run, i int32) int32 {
	for runs[i].parent != i {
		runs[i].parent = runs[runs[i].parent].parent
		i = runs[i].parent
	}
	return i
}
