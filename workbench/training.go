package workbench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/vnlang/vn/train"
)

// TrainOptions say how a model is trained, beside what its recipe says.
type TrainOptions struct {
	Data       string  // the directory with the cases
	Directory  string  // of the run's files; see package train
	Resume     bool    // go on from the newest checkpoint
	Iterations int     // steps in all; 0: as the recipe says
	Seed       *uint64 // nil: as the recipe says

	Progress io.Writer // for a person; nil: nobody
	Terminal bool      // Progress is a terminal, and its last line may be written over
}

// TrainedName is the name of the artifact that a run leaves in its directory.
const TrainedName = "model.vnc"

// cache is how many bytes of prepared samples are kept in memory.
const cache = 2 << 30

// recipe returns the recipe with what the options replace.
func (o TrainOptions) recipe(r train.Recipe) train.Recipe {
	if o.Iterations > 0 {
		r.Iterations = o.Iterations
	}
	if o.Seed != nil {
		r.Seed = *o.Seed
	}
	return r
}

// Train trains the model from the values that its variables have, and leaves the run's files and an artifact with the
// trained weights, TrainedName, in the directory. A run that was interrupted leaves the artifact too, and an error that
// wraps train.ErrInterrupted.
func (w *Workspace) Train(ctx context.Context, o TrainOptions) (*train.Result, error) {
	if err := w.CanTrain(); err != nil {
		return nil, err
	}
	cases, err := train.FindCases(o.Data, *w.Data)
	if err != nil {
		return nil, err
	}
	result, err := train.Run(ctx, train.Config{
		Device: w.Device, Variables: w.Variables,
		Training: w.Training, Inference: w.Inference, Output: w.Outputs[0], Model: w.Name,
		Data: *w.Data, Recipe: o.recipe(*w.Recipe), Cases: cases,
		Directory: o.Directory, Resume: o.Resume, Cache: cache,
		Progress: o.Progress, Terminal: o.Terminal,
	})
	if err != nil && (result == nil || !errors.Is(err, train.ErrInterrupted)) {
		return result, err
	}
	return result, errors.Join(err, w.Save(filepath.Join(o.Directory, TrainedName), w))
}

// CanTrain reports what a model lacks to be trained.
func (m *Model) CanTrain() error {
	switch {
	case m.Training == nil || m.Recipe == nil:
		return fmt.Errorf("%s does not say how %s is trained: write train %s on DATA { loss = ... optimizer = ... }", m.Path, m.Name, m.Name)
	case m.Data == nil:
		return fmt.Errorf("%s does not say on which data %s is trained: write data DATA { ... }, and train %s on DATA", m.Path, m.Name, m.Name)
	}
	return nil
}
