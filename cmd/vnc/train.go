package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/vnlang/vn/train"
	"github.com/vnlang/vn/workbench"
)

// trainCommand trains a model.
type trainCommand struct {
	modelFlags
	computeFlags
	File       string  `arg:"" help:"A program (.vn) or an artifact (.vnc); training goes on from the weights of an artifact."`
	Data       string  `required:"" help:"The directory with the images and labels." placeholder:"DIR"`
	Out        string  `short:"o" help:"The directory of the run: checkpoints, log.jsonl and model.vnc (${default})." default:"run" placeholder:"DIR"`
	Resume     bool    `help:"Go on from the newest checkpoint of the run."`
	Weights    string  `help:"Start from these weights (.safetensors)." placeholder:"FILE"`
	Iterations *int    `help:"Steps in all, instead of the recipe's." placeholder:"N"`
	Batch      *int    `help:"Samples in a step, instead of the recipe's." placeholder:"N"`
	Seed       *uint64 `help:"Seed of the initial weights, the order and the augmentation, instead of the recipe's." placeholder:"N"`
	JSON       bool    `name:"json" help:"Print the result as JSON."`
}

// Help is what --help says beside the flags.
func (*trainCommand) Help() string {
	return `The data and the train declaration of the file say what is trained and how. Volumes are MetaImage or NIfTI files. Where
the model's image gets another size with --set image=..., the data's size follows it; the spacing stays, so a smaller
image sees a smaller part of the volume.

The run can be stopped at any time: Ctrl-C or SIGTERM writes a checkpoint first, and what a kill destroys is the steps
since the last checkpoint. --resume goes on, and ends with the same bits as a run that was never stopped. The same seed
gives the same bits, for any number of threads, by the same instructions (VN_CPU) and with the same --memory.

Examples:

    vnc train models/vnet.vn --data PROMISE12 -o run
    vnc train models/vnet.vn --data PROMISE12 -o run --resume
    vnc train models/vnet.vn --data phantoms --set width=4 --set image=1,64,64,32 --iterations 200`
}

// result is what --json prints.
type result struct {
	Step           int      `json:"step"`
	Loss           float64  `json:"loss"`
	Checkpoint     string   `json:"checkpoint"`
	BestStep       int      `json:"best_step,omitempty"`
	BestDice       *float64 `json:"best_dice,omitempty"`
	BestCheckpoint string   `json:"best_checkpoint,omitempty"`
	Model          string   `json:"model"`
}

// Run compiles or loads the model, gives it its first weights, and trains it.
func (c *trainCommand) Run(a *app) error {
	iterations, err := atLeastOne("--iterations", c.Iterations)
	if err != nil {
		return err
	}
	batch, err := atLeastOne("--batch", c.Batch)
	if err != nil {
		return err
	}
	m, err := workbench.Load(c.File, workbench.Options{Model: c.Model, Set: c.Set, Batch: batch, Training: true, ScaleLoss: c.scalesLoss()})
	if err != nil {
		return err
	}
	defer m.Close()
	a.render(m.Warnings)
	if err := m.CanTrain(); err != nil {
		return err
	}
	device, err := a.open(c.computeFlags, m.Kernels)
	if err != nil {
		return err
	}
	defer device.Close()
	a.noteMemory(device, m.Inference, m.Training)
	w, err := m.Open(device)
	if err != nil {
		return err
	}
	if err := c.start(a, w); err != nil {
		return err
	}
	ctx, stop := a.interruptible()
	defer stop()
	r, err := w.Train(ctx, workbench.TrainOptions{
		Data: c.Data, Directory: c.Out, Resume: c.Resume, Iterations: iterations, Seed: c.Seed,
		Progress: a.err, Terminal: terminal(a.err),
	})
	if err != nil {
		if r != nil && errors.Is(err, train.ErrInterrupted) {
			a.note("the model as it is now: %s", filepath.Join(c.Out, workbench.TrainedName))
		}
		return err
	}
	return c.print(a, r)
}

// atLeastOne returns the value of a flag, 0 where it is not given.
func atLeastOne(flag string, value *int) (int, error) {
	switch {
	case value == nil:
		return 0, nil
	case *value < 1:
		return 0, &usageError{fmt.Sprintf("%s is %d: it is at least 1", flag, *value)}
	}
	return *value, nil
}

// start gives the variables the values from which the training starts. A run that is resumed needs them too, where it
// was stopped before its first checkpoint.
func (c *trainCommand) start(a *app, w *workbench.Workspace) error {
	seed := w.Recipe.Seed
	if c.Seed != nil {
		seed = *c.Seed
	}
	if err := w.Initialise(seed); err != nil {
		return err
	}
	switch {
	case c.Weights != "":
		unused, err := w.LoadFile(c.Weights)
		noteUnused(a, c.Weights, unused)
		return err
	case w.Weights() != nil:
		if !c.Resume { // a checkpoint, where there is one, replaces them
			a.note("starting from the weights of %s", c.File)
		}
		_, err := w.LoadOwn()
		return err
	}
	return nil
}

// print prints where the run ended.
func (c *trainCommand) print(a *app, r *train.Result) error {
	model := filepath.Join(c.Out, workbench.TrainedName)
	if !c.JSON {
		_, err := fmt.Fprintf(a.out, "%s: %d steps\n", model, r.Step)
		return err
	}
	out := result{Step: r.Step, Loss: r.Loss, Checkpoint: r.Checkpoint, Model: model}
	if r.Best.Step > 0 {
		out.BestStep, out.BestDice, out.BestCheckpoint = r.Best.Step, &r.Best.Dice, r.BestCheckpoint
	}
	return writeJSON(a.out, out)
}
