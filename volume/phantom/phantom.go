// Package phantom draws synthetic magnetic resonance images of the male pelvis, each with the true mask of its
// prostate: data to try a segmentation on where no patient's data is at hand.
//
// A case is an anatomy, seen by a scanner. The anatomy (anatomy.go, gland.go) stands in patient coordinates and is
// continuous: a gland, an ellipsoid of 30 to 60 mm with a smooth random deformation and a thin dark capsule, between
// a bladder above and in front of it and a rectum behind, which are about as bright as it is; around them fat,
// muscles, bones, vessels and seminal vesicles. The scanner (scanner.go) has a grid of its own for every case, with
// pixels of 0.3 to 0.75 mm and slices of 2.2 to 4 mm, sometimes oblique and sometimes stored in another order, and a
// contrast, a bias field and Rician noise of its own. No threshold finds the gland (volume.BestThresholdDice stays
// below 0.5); its outline, its texture and its place between its neighbours do.
//
// The layout of a data set is that of PROMISE12 (Litjens et al., "Evaluation of prostate segmentation algorithms for
// MRI: The PROMISE12 challenge", Medical Image Analysis 2014).
//
// Every number comes from a counter-based generator named by the seed, the case and the slice: a case does not depend
// on the others, nor on the number of processors.
package phantom

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/vnlang/vn/internal/rng"
	"github.com/vnlang/vn/volume"
)

// Options changes what is drawn. The zero value draws what a clinic would see.
type Options struct {
	// MaxForeground is an upper limit, exclusive, of the share of voxels that belong to the gland; where a case would
	// exceed it the gland is drawn smaller. Zero stands for 0.06. Glands of ordinary size fill 1 to 5 percent.
	MaxForeground float64
}

const defaultMaxForeground = 0.06

// The random streams of a case.
const (
	gridStream = iota
	anatomyStream
	scannerStream
	textureStream
	noiseStream // and the slice
)

// Generate draws one case: the image, of Type Int16 or Uint16, and on the same grid the label, of Type Uint8, which
// is 1 in the voxels of which the gland fills at least half. The same arguments give the same bits. An error says
// which argument is out of range.
func Generate(seed uint64, number int, options Options) (image, label *volume.Volume, err error) {
	if number < 0 {
		return nil, nil, fmt.Errorf("draw a phantom: case %d: cases are numbered from 0", number)
	}
	limit := options.MaxForeground
	if limit == 0 {
		limit = defaultMaxForeground
	}
	if !(limit >= 0.001 && limit <= 1) {
		return nil, nil, fmt.Errorf("draw a phantom: a limit of %v on the gland's share of the voxels: choose one from 0.001 to 1", limit)
	}
	stream := func(name uint64) *rng.Stream { return rng.New(seed, uint64(number), name) }
	grid := drawGrid(stream(gridStream))
	body := drawAnatomy(stream(anatomyStream), grid, limit, newTexture(stream(textureStream)))
	device := drawScanner(stream(scannerStream), grid)

	image = volume.New(grid, device.voxelType)
	label = volume.New(grid, volume.Uint8)
	plane := grid.Size[0] * grid.Size[1]
	slices := make(chan int)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			for z := range slices {
				noise := rng.New(seed, uint64(number), noiseStream, uint64(z))
				body.label(grid, z, label.Data[z*plane:(z+1)*plane])
				device.acquire(grid, z, body, noise, image.Data[z*plane:(z+1)*plane])
			}
		})
	}
	for z := range grid.Size[2] {
		slices <- z
	}
	close(slices)
	wg.Wait()
	return image, label, nil
}
