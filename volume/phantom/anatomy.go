package phantom

import (
	"github.com/vnlang/vn/internal/rng"
	"github.com/vnlang/vn/volume"
)

// anatomy is a pelvis about its gland, and how bright each tissue is: 0 is black, 1 about the brightest.
type anatomy struct {
	origin  point // LPS mm of the gland's centre, where the anatomy's own coordinates begin
	texture *texture

	gland    gland
	bladder  ellipsoid
	rectum   tube
	vesicles [2]ellipsoid
	plexus   ellipsoid
	levator  ellipsoid
	vessels  [4]tube
	muscles  []ellipsoid
	bones    []ellipsoid
	seat     float64 // mm from the gland to the gluteal muscles behind

	bladderWall, rectumWall float64 // mm
	gas                     float64 // mm in front of the rectum's middle from which it holds gas
	tone                    tones
}

// tones are the brightnesses of the tissues.
type tones struct {
	transition, peripheral, capsule, septum        float64
	bladder, rectum, vesicles, wall                float64
	fat, muscle, marrow, cortex, plexus, vessel    float64
	nodules, clutter, streaks, grain, convolutions float64 // strengths of texture, part of the brightness
}

// drawAnatomy draws a pelvis in the middle of a grid, with a gland that fills less than the given share of it.
func drawAnatomy(r *rng.Stream, grid volume.Geometry, share float64, t *texture) *anatomy {
	field := 1.0 // mm³
	for a := range 3 {
		field *= float64(grid.Size[a]) * grid.Spacing[a]
	}
	b := &anatomy{texture: t, gland: drawGland(r, share*field), tone: drawTones(r)}

	height := float64(grid.Size[2]) * grid.Spacing[2]
	room := max(0, height/2-1.25*b.gland.radii[2])
	middle := grid.Point(point{float64(grid.Size[0]-1) / 2, float64(grid.Size[1]-1) / 2, float64(grid.Size[2]-1) / 2})
	b.origin = add(middle, point{r.Uniform(-5, 5), r.Uniform(-7, 3), r.Uniform(-1, 1) * min(room, 6)})
	b.drawViscera(r)
	b.drawWall(r)
	return b
}

// margin is how far in mm beyond its surface a tissue may show.
const margin = 2

// sling is half the thickness in mm of the levator ani.
const sling = 1.6

// local returns a position in the anatomy's coordinates.
func (b *anatomy) local(p point) point {
	return point{p[0] - b.origin[0], p[1] - b.origin[1], p[2] - b.origin[2]}
}

// within returns the anatomy with those parts left out that do not come within a distance in mm of a position.
func (b *anatomy) within(p point, distance float64) *anatomy {
	part := *b
	part.bladder.hide(p, distance)
	part.plexus.hide(p, distance)
	part.levator.hide(p, distance+sling)
	part.gland.inner.hide(p, distance)
	for i := range part.vesicles {
		part.vesicles[i].hide(p, distance)
	}
	part.muscles = visible(b.muscles, p, distance)
	part.bones = visible(b.bones, p, distance)
	return &part
}

// visible returns those solids that come within a distance in mm of a position.
func visible(solids []ellipsoid, p point, distance float64) []ellipsoid {
	var seen []ellipsoid
	for _, e := range solids {
		if e.hide(p, distance); e.reach > 0 {
			seen = append(seen, e)
		}
	}
	return seen
}

// label marks the voxels of slice z of which the gland fills at least half, counted at 3×3×5 places.
func (b *anatomy) label(grid volume.Geometry, z int, mask []float32) {
	reach := 0.5 * norm(grid.Spacing) * 1.5 // mm, with room for the distance being approximate
	for y := range grid.Size[1] {
		for x := range grid.Size[0] {
			index := point{float64(x), float64(y), float64(z)}
			distance := b.gland.distance(b.local(grid.Point(index)))
			if distance < -reach || distance < reach && b.fills(grid, index) {
				mask[y*grid.Size[0]+x] = 1
			}
		}
	}
}

// fills reports whether the gland fills at least half of a voxel.
func (b *anatomy) fills(grid volume.Geometry, index point) bool {
	count := 0
	for dz := -2; dz <= 2; dz++ {
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				place := point{index[0] + float64(dx)/3, index[1] + float64(dy)/3, index[2] + float64(dz)/5}
				if b.gland.distance(b.local(grid.Point(place))) < 0 {
					count++
				}
			}
		}
	}
	return count > 22
}
