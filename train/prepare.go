package train

import (
	"errors"
	"fmt"

	"github.com/vnlang/vn/volume"
)

// preparation is a data block's prepare list.
type preparation struct {
	normalize bool
}

func newPreparation(list []Transform) (p preparation, err error) {
	for _, t := range list {
		a := arguments{transform: t}
		if t.Name != "normalize" {
			return p, fmt.Errorf("there is no %s: choose from normalize", t.Name)
		}
		if err := a.done(); err != nil {
			return p, err
		}
		if p.normalize {
			return p, errors.New("normalize stands there twice: it is done once, so write it once")
		}
		p.normalize = true
	}
	return p, nil
}

// sample is an image and its label on the network's grid, each [z, y, x].
type sample struct {
	image, label []float32 // the label is 0 or 1
}

func (s sample) bytes() int64 { return 4 * int64(len(s.image)+len(s.label)) }

// prepareImage returns the image as the network sees it, on volume.CentreGrid. As in the released V-Net code, normalize
// maps the whole volume to [0, 1] before it is resampled, linearly and with 0 outside, and gives it zero mean and unit
// deviation afterwards. The volume itself is changed.
func prepareImage(v *volume.Volume, d Data) (*volume.Volume, error) {
	p, err := newPreparation(d.Prepare)
	if err != nil {
		return nil, err
	}
	if err := volume.CheckFinite(v); err != nil {
		return nil, err
	}
	if p.normalize {
		if err := volume.Rescale(v); err != nil {
			return nil, err
		}
	}
	out, err := volume.Resample(v, volume.CentreGrid(v.Geometry, d.Spacing, d.Size), volume.Linear, 0)
	if err != nil {
		return nil, err
	}
	if p.normalize {
		if err := volume.Normalize(out); err != nil {
			return nil, fmt.Errorf("the part that the network sees: %w", err)
		}
	}
	return out, nil
}

// prepareLabel returns the label on the network's grid, 0 or 1: resampled linearly and cut at one half, as in the
// released V-Net code. Before that every voxel above one half becomes 1, so that labels of 0 and 255 mean the same.
func prepareLabel(v *volume.Volume, d Data) (*volume.Volume, error) {
	if err := volume.CheckFinite(v); err != nil {
		return nil, err
	}
	mask := volume.Threshold(v, 0.5)
	out, err := volume.Resample(mask, volume.CentreGrid(v.Geometry, d.Spacing, d.Size), volume.Linear, 0)
	if err != nil {
		return nil, err
	}
	return volume.Threshold(out, 0.5), nil
}

// loadCase reads a case and prepares it. Warnings say what is unusual about it and does not stop a training.
func loadCase(c Case, d Data) (s sample, warnings []string, err error) {
	image, err := volume.Read(c.Image)
	if err != nil {
		return s, nil, err
	}
	label, err := volume.Read(c.Label)
	if err != nil {
		return s, nil, err
	}
	if err := volume.SameGrid(image.Geometry, label.Geometry); err != nil {
		return s, nil, fmt.Errorf("label %s is not on the grid of image %s: %w; resample the label onto the image", c.Label, c.Image, err)
	}
	label.Geometry = image.Geometry // a spacing of 0.99995 mm could have one voxel less on the network's grid than one of 1 mm
	seen, err := prepareImage(image, d)
	if err != nil {
		return s, nil, fmt.Errorf("prepare image %s: %w", c.Image, err)
	}
	mask, err := prepareLabel(label, d)
	if err != nil {
		return s, nil, fmt.Errorf("prepare label %s: %w", c.Label, err)
	}
	return sample{seen.Data, mask.Data}, checkLabel(c, label, mask), nil
}

// checkLabel looks for labels that are probably not what was meant.
func checkLabel(c Case, label, mask *volume.Volume) (warnings []string) {
	values := map[float32]bool{}
	for _, value := range label.Data {
		if value != 0 && !values[value] && len(values) < 2 {
			values[value] = true
		}
	}
	if len(values) > 1 {
		warnings = append(warnings, fmt.Sprintf("label %s has several values: all above 0.5 are foreground", c.Label))
	}
	whole, seen := volume.Millilitres(volume.Threshold(label, 0.5)), volume.Millilitres(mask)
	switch {
	case whole == 0:
		warnings = append(warnings, fmt.Sprintf("label %s is empty: it has no voxel above 0.5", c.Label))
	case seen < 0.9*whole:
		warnings = append(warnings, fmt.Sprintf("label %s has %.3g ml, and the network's grid shows %.3g ml of them: enlarge size or spacing of the data block", c.Label, whole, seen))
	}
	return warnings
}
