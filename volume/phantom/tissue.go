package phantom

import "math"

// warp is how far in mm organs other than the gland depart from their ideal shapes.
const warp = 4

// mottled is how far in mm from the gland the fat is seen to be mottled.
const mottled = 14

// warped moves a position of the anatomy's coordinates by smooth noise.
func (b *anatomy) warped(p point) point {
	return point{
		p[0] + warp*b.texture.at(p, 17, 20),
		p[1] + warp*b.texture.at(p, 17, 21),
		p[2] + warp*b.texture.at(p, 17, 22),
	}
}

// signal returns the brightness at a position in the anatomy's coordinates, given where warped takes it: the tissues
// are laid over one another, the outer ones first, the gland last.
func (b *anatomy) signal(p, w point) float64 {
	t := &b.tone
	gland := b.gland.distance(p)
	if gland < -1-b.gland.capsule {
		return b.interior(p, w)
	}
	// Veins and nerves around the gland mottle the fat.
	s := t.fat * (1 + 0.6*t.clutter*b.texture.at(p, 9, 1) + t.grain*b.texture.at(p, 2.2, 2))
	if gland < mottled {
		near := math.Exp(-max(0, gland) / 5)
		s *= 1 - near*t.convolutions*max(0, b.texture.at(p, 3, 17)+0.3)
	}
	s = b.paintWall(s, p, w)
	s = b.paintViscera(s, p, w)
	if gland < softness {
		s = paint(s, t.capsule, cover(gland))
		if inside := cover(gland + b.gland.capsule); inside > 0 {
			s = paint(s, b.interior(p, w), inside)
		}
	}
	return s
}

// paintWall lays the muscles, bones and vessels of the pelvic wall.
func (b *anatomy) paintWall(s float64, p, w point) float64 {
	t := &b.tone
	along := point{p[0], p[1], p[2] / 3} // fibres
	if d := b.seat - w[1] - 0.3*math.Abs(w[0]); d < softness {
		streaks := max(0, b.texture.at(along, 5, 3)-0.2)
		s = paint(s, t.muscle*(1+6*t.streaks*streaks), cover(d))
	}
	for i := range b.muscles {
		if d := b.muscles[i].distance(w); d < softness {
			s = paint(s, t.muscle*(1+t.streaks*b.texture.at(along, 3, 4)), cover(d))
		}
	}
	for i := range b.bones {
		if d := b.bones[i].distance(w); d < softness {
			s = paint(s, t.cortex, cover(d))
			s = paint(s, t.marrow*(1+t.clutter*b.texture.at(p, 6, 5)), cover(d+1.8))
		}
	}
	// The levator ani slings around the rectum from behind, and is open in front and above.
	if d := math.Abs(b.levator.distance(w)) - sling; d < softness {
		open := min(max((w[1]+12)/8, 0), 1) * min(max((0.9*b.gland.radii[2]-w[2])/6, 0), 1)
		s = paint(s, t.muscle, open*cover(d))
	}
	for i := range b.vessels {
		if d := b.vessels[i].distance(w); d < softness {
			s = paint(s, t.wall, cover(d))
			s = paint(s, t.vessel, cover(d+0.9))
		}
	}
	return s
}

// paintViscera lays the venous plexus, the rectum, the seminal vesicles and the bladder.
func (b *anatomy) paintViscera(s float64, p, w point) float64 {
	t := &b.tone
	if d := b.plexus.distance(w); d < softness {
		s = paint(s, t.plexus*(1+t.convolutions*b.texture.at(p, 2.5, 6)), 0.8*min(max(-d/3, 0), 1))
	}
	// Half the warp, or the rectum would leave the gland.
	half := point{(p[0] + w[0]) / 2, (p[1] + w[1]) / 2, p[2]}
	if d := b.rectum.distance(half); d < softness {
		s = paint(s, t.wall*(1+t.streaks*b.texture.at(p, 2.5, 7)), cover(d))
		content := t.rectum * (1 + 0.5*t.nodules*b.texture.at(p, 9, 8) + t.grain*b.texture.at(p, 2, 9))
		content = paint(content, t.cortex, cover(half[1]-b.rectum.y+b.gas))
		s = paint(s, content, cover(d+b.rectumWall))
	}
	for i := range b.vesicles {
		if d := b.vesicles[i].distance(w); d < softness {
			s = paint(s, t.wall, cover(d))
			s = paint(s, t.vesicles*(1+t.convolutions*b.texture.at(p, 2.2, 10)), cover(d+0.7))
		}
	}
	if d := b.bladder.distance(half); d < softness {
		s = paint(s, t.wall*(1+t.streaks*b.texture.at(p, 3, 11)), cover(d))
		s = paint(s, t.bladder*(1+0.25*t.nodules*b.texture.at(p, 14, 12)), cover(d+b.bladderWall))
	}
	return s
}

// interior returns the brightness within the capsule: the peripheral zone, the transition zone with its nodules, and
// the urethra.
func (b *anatomy) interior(p, w point) float64 {
	t, g := &b.tone, &b.gland
	grain := t.grain * b.texture.at(p, 1.8, 13)
	s := t.peripheral * (1 + 0.5*t.nodules*b.texture.at(p, 5, 14) + grain)
	if zone := g.inner.distance(w); zone < softness {
		s = paint(s, t.septum, cover(zone))
		nodules := t.nodules * (b.texture.at(p, 7, 15) + 0.6*b.texture.at(p, 3.2, 16))
		s = paint(s, t.transition*(1+nodules+grain), cover(zone+g.septum))
	}
	if tract := g.urethra.distance(w); tract < softness {
		s = paint(s, t.wall, 0.6*cover(tract))
		s = paint(s, t.peripheral, cover(tract+0.8))
	}
	return s
}
