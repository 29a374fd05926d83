package train

import (
	"fmt"

	"github.com/vnlang/vn/volume"
)

// SegmentOptions say how a segmentation is made of the network's probabilities.
type SegmentOptions struct {
	// Interpolation brings the probability from the network's grid onto the image's own. Linear, the default, gives
	// smooth borders; the released V-Net code uses Nearest.
	Interpolation volume.Interpolation
	// LargestComponent keeps the largest 6-connected component alone, as the released code does.
	LargestComponent bool
}

// Segmentation is what a network says of one image, on the image's own grid: same size, spacing, origin, direction.
type Segmentation struct {
	Mask        *volume.Volume // Type Uint8; 0 and 1
	Probability *volume.Volume // Type Float32; of the foreground, 0 outside the network's grid
}

// Segment segments an image, which is prepared as in training and left as it was. The mask is 1 where the probability,
// on the image's grid, is above one half.
func Segment(p *Predictor, d Data, image *volume.Volume, o SegmentOptions) (*Segmentation, error) {
	if d.Size != p.size {
		return nil, fmt.Errorf("segment an image: the data block's size is %v, and the network's input is %v", d.Size, p.size)
	}
	own := *image
	own.Data = append([]float32(nil), image.Data...)
	prepared, err := prepareImage(&own, d)
	if err != nil {
		return nil, fmt.Errorf("prepare the image: %w", err)
	}
	foreground, err := p.Foreground(prepared.Data)
	if err != nil {
		return nil, err
	}
	seen := &volume.Volume{Geometry: prepared.Geometry, Type: volume.Float32, Data: foreground}
	if err := volume.CheckFinite(seen); err != nil {
		return nil, fmt.Errorf("the network's output: %w; its weights are not usable", err)
	}
	probability, err := volume.Resample(seen, image.Geometry, o.Interpolation, 0)
	if err != nil {
		return nil, fmt.Errorf("bring the result onto the image's grid: %w", err)
	}
	mask := volume.Threshold(probability, 0.5)
	if o.LargestComponent {
		mask = volume.LargestComponent(mask)
	}
	return &Segmentation{Mask: mask, Probability: probability}, nil
}
