package phantom

import (
	"math"

	"github.com/vnlang/vn/internal/rng"
)

// drawTones draws the contrast of a case. The neighbours' brightness is the gland's, give or take a little.
func drawTones(r *rng.Stream) tones {
	base := r.Uniform(0.4, 0.5)
	rim := base + r.Uniform(0.03, 0.1)
	return tones{
		transition: base, peripheral: rim, capsule: r.Uniform(0.1, 0.2), septum: base * r.Uniform(0.6, 0.85),
		bladder: base + r.Uniform(-0.08, 0.2), rectum: base + r.Uniform(-0.12, 0.15), vesicles: base + r.Uniform(0, 0.2),
		wall: r.Uniform(0.15, 0.25), fat: rim + r.Uniform(0.2, 0.4), muscle: r.Uniform(0.15, 0.27),
		marrow: base + r.Uniform(-0.1, 0.2), cortex: r.Uniform(0.04, 0.1),
		plexus: base + r.Uniform(0, 0.25), vessel: r.Uniform(0.05, 0.8),
		nodules: r.Uniform(0.3, 0.4), clutter: r.Uniform(0.15, 0.3), streaks: r.Uniform(0.15, 0.3),
		grain: r.Uniform(0.05, 0.12), convolutions: r.Uniform(0.3, 0.55),
	}
}

// drawViscera draws the organs around the gland.
func (b *anatomy) drawViscera(r *rng.Stream) {
	rx, ry, rz := b.gland.radii[0], b.gland.radii[1], b.gland.radii[2]
	jitter := func(mm float64) float64 { return r.Uniform(-mm, mm) }

	// The bladder rests on the gland's base, and leans to the front.
	full := point{r.Uniform(26, 40), r.Uniform(20, 30), r.Uniform(16, 28)}
	b.bladder = newEllipsoid(point{jitter(5), -r.Uniform(4, 14), 0.92*rz + full[2] - r.Uniform(2, 6)}, full,
		point{r.Uniform(5, 25), jitter(6), jitter(5)}, margin)
	b.bladderWall = r.Uniform(2, 4)

	// The rectum touches the gland's back, or nearly.
	radius := r.Uniform(10, 17)
	b.rectumWall = r.Uniform(2, 3.5)
	b.rectum = tube{
		x: jitter(3), y: ry*(1-0.8*b.gland.hollow) + radius + r.Uniform(0.5, 2), radius: radius,
		sway: r.Uniform(0, 3), swayPhase: r.Uniform(0, 2*math.Pi), bend: r.Uniform(0.002, 0.006), lean: r.Uniform(0.1, 0.3),
		swell: r.Uniform(0.05, 0.2), swellPhase: r.Uniform(0, 2*math.Pi),
	}
	b.gas = far
	if r.Float64() < 0.4 {
		b.gas = radius * r.Uniform(0, 0.4)
	}

	for i, side := range sides {
		b.vesicles[i] = newEllipsoid(point{side * (11 + jitter(2)), 0.6*ry + 3 + jitter(2), rz + 3 + jitter(2)},
			point{r.Uniform(11, 16), r.Uniform(4, 6.5), r.Uniform(5, 8)}, point{0, side * r.Uniform(-25, -10), side * r.Uniform(5, 25)}, margin)
	}
	b.plexus = newEllipsoid(point{jitter(2), -ry - 2, -0.2 * rz}, point{0.75 * rx, r.Uniform(4, 7), 0.8 * rz}, point{jitter(10), 0, 0}, margin)
}

// drawWall draws the muscles, bones and vessels at the sides of the gland and the rectum.
func (b *anatomy) drawWall(r *rng.Stream) {
	ry, radius := b.gland.radii[1], b.rectum.radius
	size := r.Uniform(0.92, 1.08)
	jitter := func(mm float64) float64 { return r.Uniform(-mm, mm) }

	widest := max(b.gland.radii[0], radius)
	b.levator = newEllipsoid(point{jitter(2), ry, 12}, point{widest + r.Uniform(5, 8), ry + radius + 14, 58}, point{r.Uniform(-10, 10), 0, 0}, margin)
	wall := widest + r.Uniform(9, 12) // where the muscles begin
	for _, side := range sides {
		b.muscles = append(b.muscles,
			// obturator internus, obturator externus with pectineus, piriformis
			newEllipsoid(point{side * (wall + 10 + jitter(2)), jitter(4), 2}, point{r.Uniform(8, 11), 38, 50}, point{0, side * 6, side * -r.Uniform(8, 18)}, margin),
			newEllipsoid(point{side * 44 * size, -ry - 28 + jitter(3), -14}, point{r.Uniform(17, 22), 13, 34}, point{0, 0, side * 25}, margin),
			newEllipsoid(point{side * 50 * size, 48 + jitter(4), 40}, point{24, 9, 16}, point{0, 0, side * -20}, margin))
		b.bones = append(b.bones,
			// pubis, femoral head with acetabulum, ischium
			newEllipsoid(point{side * 15 * size, -ry - 19 + jitter(3), -8 + jitter(4)}, point{15, r.Uniform(8, 11), 20}, point{20, 0, side * 25}, margin),
			newEllipsoid(point{side * (wall + 50*size + jitter(3)), -6 + jitter(4), 14 + jitter(6)}, point{24, 27, 28}, point{}, margin),
			newEllipsoid(point{side * (wall + 30*size + jitter(2)), 22 + jitter(4), -12}, point{10, 19, 36}, point{0, 0, side * -25}, margin))
	}
	b.bones = append(b.bones, newEllipsoid(point{jitter(3), b.rectum.y + radius + r.Uniform(18, 26), 34}, point{16, 7, 34}, point{-30, 0, 0}, margin))

	for i := range b.vessels {
		side := sides[i%2]
		b.vessels[i] = tube{
			x: side * (wall + jitter(3)), y: -30 + 16*float64(i/2) + jitter(4), radius: r.Uniform(2, 4.5),
			sway: r.Uniform(1, 4), swayPhase: r.Uniform(0, 2*math.Pi), bend: jitter(0.004),
		}
	}

	b.seat = b.rectum.y + radius + r.Uniform(14, 24)
}

// sides are the signs of x on the right and on the left.
var sides = [2]float64{-1, 1}
