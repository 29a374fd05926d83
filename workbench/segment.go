package workbench

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/vnlang/vn/train"
	"github.com/vnlang/vn/volume"
)

// Run runs the model on inputs, one after the other, and calls done after each. It stops at the first error, or when
// ctx is cancelled: the error then wraps train.ErrInterrupted.
func (w *Workspace) Run(ctx context.Context, tasks []Task, o RunOptions, done func(Outcome)) error {
	if err := os.MkdirAll(o.Directory, 0o777); err != nil {
		return fmt.Errorf("make the directory of the results: %w", err)
	}
	r := runner{Workspace: w}
	defer r.close()
	for _, t := range tasks {
		if ctx.Err() != nil {
			return fmt.Errorf("%w before %s", train.ErrInterrupted, t.Input)
		}
		start := time.Now()
		outcome, err := r.run(t, o)
		if err != nil {
			return fmt.Errorf("run %s on %s: %w", w.Name, t.Input, err)
		}
		outcome.Input, outcome.Seconds = t.Input, time.Since(start).Seconds()
		done(outcome)
	}
	return nil
}

// runner opens a model for volumes and for arrays when the first of them comes.
type runner struct {
	*Workspace
	segmenter *train.Predictor
	arrays    *arrayRunner
}

func (r *runner) run(t Task, o RunOptions) (made Outcome, err error) {
	if t.array {
		if r.arrays == nil {
			if r.arrays, err = r.openArrays(); err != nil {
				return made, err
			}
		}
		return r.arrays.run(t)
	}
	if r.segmenter == nil {
		if r.segmenter, err = r.openSegmenter(); err != nil {
			return made, err
		}
	}
	return r.segment(r.segmenter, t, o)
}

func (r *runner) close() {
	if r.segmenter != nil {
		r.segmenter.Close()
	}
	if r.arrays != nil {
		r.arrays.session.Close()
	}
}

// openSegmenter makes the model ready for volumes.
func (w *Workspace) openSegmenter() (*train.Predictor, error) {
	if w.Data == nil {
		return nil, fmt.Errorf("%s does not say how volumes are prepared: write data NAME { image = ... label = ... spacing = ... }, or give the model .npy arrays", w.Path)
	}
	return train.NewPredictor(w.Device, w.Inference, w.Variables, w.Outputs[0])
}

// segment segments one volume and writes what was made of it.
func (w *Workspace) segment(p *train.Predictor, t Task, o RunOptions) (Outcome, error) {
	image, err := volume.Read(t.Input)
	if err != nil {
		return Outcome{}, err
	}
	s, err := train.Segment(p, *w.Data, image, train.SegmentOptions{LargestComponent: o.LargestComponent})
	if err != nil {
		return Outcome{}, err
	}
	if err := w.unchanged(); err != nil {
		return Outcome{}, err
	}
	made := Outcome{Outputs: []string{t.files["mask"]}, Mask: true, Millilitres: volume.Millilitres(s.Mask)}
	if err := volume.Write(t.files["mask"], s.Mask); err != nil {
		return Outcome{}, err
	}
	if file := t.files["probability"]; file != "" {
		made.Outputs = append(made.Outputs, file)
		return made, volume.Write(file, s.Probability)
	}
	return made, nil
}
