package cuda

// schedule is the order in which a warp goes through a stage: for each product's depth, a unit, which voxels it loads into
// which registers, and which registers hold the voxels of each fragment. What a unit needs is loaded while the one before
// is multiplied.
type schedule struct {
	slots int // registers for voxels, four each
	units []unitSchedule
}

// unitSchedule is one unit of a stage: one tap, at one K-step.
type unitSchedule struct {
	loads []voxelLoad
	uses  []int // the slot of each fragment
}

// voxelLoad loads the 16 voxels that lie so many units of shared memory behind the warp's own.
type voxelLoad struct{ slot, offset int }

// schedule returns the schedule of a stage.
func (t tile) schedule(axes [3]slideAxis) schedule {
	needs := t.needs(axes)
	last := map[int]int{} // the unit that needs an offset last
	for u, offsets := range needs {
		for _, o := range offsets {
			last[o] = u
		}
	}
	s := schedule{units: make([]unitSchedule, len(needs))}
	held := map[int]int{} // offset to slot
	var free []int
	for u, offsets := range needs {
		for slot := range s.slots { // of what the unit before the last needed
			for o, at := range held {
				if at == slot && last[o] < u-1 {
					delete(held, o)
					free = append(free, slot)
				}
			}
		}
		for _, o := range offsets {
			slot, ok := held[o]
			if !ok {
				if len(free) == 0 {
					free = append(free, s.slots)
					s.slots++
				}
				slot, free = free[0], free[1:]
				held[o] = slot
				s.units[u].loads = append(s.units[u].loads, voxelLoad{slot, o})
			}
			s.units[u].uses = append(s.units[u].uses, slot)
		}
	}
	return s
}

// needs returns, for each unit of a stage, where the voxels of the fragments lie.
func (t tile) needs(axes [3]slideAxis) [][]int {
	along, all := t.halo(axes)
	pitch := [3]int{along[1] * along[2], along[2], 1}
	var needs [][]int
	for k := range t.chunk {
		for tap := range t.inner {
			at := t.tap(axes, tap)
			offset := k * 2 * all
			for i := range 3 {
				offset += at[i] * axes[i].step * pitch[i]
			}
			var fragments []int
			for f := range t.stack {
				fragments = append(fragments, offset+f*t.voxels[t.slide]*axes[t.slide].stride*pitch[t.slide])
			}
			needs = append(needs, fragments)
		}
	}
	return needs
}

// tap returns the place of a tap, counted in the order in which they follow each other, that of the weights in memory.
func (t tile) tap(axes [3]slideAxis, n int) (at [3]int) {
	o := t.others()
	at[t.slide] = n % axes[t.slide].taps
	n /= axes[t.slide].taps
	at[o[1]] = n % axes[o[1]].taps
	at[o[0]] = n / axes[o[1]].taps
	return at
}

// cost returns the slots and the loads of a stage.
func (s schedule) cost() (slots, loads int) {
	for _, u := range s.units {
		loads += len(u.loads)
	}
	return s.slots, loads
}
