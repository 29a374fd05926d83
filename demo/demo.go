// Package demo shows what Vn does, from nothing, in minutes: it draws a small data set of synthetic pelvic MRI, trains
// a V-Net of reduced width and size on it, segments cases that the network has never seen, and draws the true and the
// predicted outlines.
//
// The directory of a demo holds, when it is done:
//
//	demo.vn         the network and its recipe, to be read, changed and trained again
//	training/       the cases that it was trained on
//	unseen/         those that it was not
//	run/            the training: checkpoints, log, and model.vnc
//	segmentations/  the masks of the unseen cases, and a picture of each
package demo

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/vnlang/vn/internal/atomicfile"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/train"
	"github.com/vnlang/vn/volume"
	"github.com/vnlang/vn/volume/phantom"
	"github.com/vnlang/vn/volume/picture"
	"github.com/vnlang/vn/workbench"
)

//go:embed demo.vn
var program string

// dataset is how many cases are drawn.
type dataset struct{ training, unseen int }

// full is the data set of a demo. docs/demo.md has the experiment that its size comes from.
var full = dataset{training: 16, unseen: 4}

// Options say how a demo is run.
type Options struct {
	Directory  string // where everything goes; made if need be
	Seed       uint64 // of the phantoms and of the training
	Iterations int    // steps; 0: as the recipe in demo.vn says
	Device     runtime.Device
	ScaleLoss  bool      // as float16 needs it (workbench.Options)
	Progress   io.Writer // for a person; nil: nobody
	Terminal   bool      // Progress is a terminal
}

// Result is what came of a demo. Its JSON form is the output of vnc demo --json.
type Result struct {
	MeanDice float64 `json:"mean_dice"` // over the unseen cases
	Cases    []Case  `json:"cases"`
	Seconds  float64 `json:"seconds"`
	Model    string  `json:"model"` // path of the trained artifact
}

// Case is an unseen case.
type Case struct {
	Name    string  `json:"name"`
	Dice    float64 `json:"dice"` // of the mask on the image's own grid
	Mask    string  `json:"mask"`
	Picture string  `json:"picture"`
}

// Run runs the demo. The error of one that was stopped through ctx wraps train.ErrInterrupted; it goes on when it is run
// again.
func Run(ctx context.Context, o Options) (*Result, error) { return run(ctx, o, full) }

func run(ctx context.Context, o Options, cases dataset) (*Result, error) {
	start := time.Now()
	d := demo{Options: o, cases: cases}
	for _, step := range []func(context.Context) error{d.draw, d.train, d.segment} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("demo: %w", err)
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("demo: %w", train.ErrInterrupted)
		}
	}
	d.result.Seconds = time.Since(start).Seconds()
	return &d.result, nil
}

type demo struct {
	Options
	cases     dataset
	workspace *workbench.Workspace
	result    Result
}

func (d *demo) path(parts ...string) string {
	return filepath.Join(append([]string{d.Directory}, parts...)...)
}

func (d *demo) say(format string, args ...any) {
	if d.Progress != nil {
		fmt.Fprintf(d.Progress, format+"\n", args...)
	}
}

// draw makes the data set. The unseen cases are drawn under another seed, so that they share nothing with the others.
func (d *demo) draw(context.Context) error {
	d.say("drawing %d synthetic cases to train on and %d to be segmented unseen", d.cases.training, d.cases.unseen)
	if err := phantom.WriteDataset(d.path("training"), d.cases.training, d.Seed, phantom.Options{}); err != nil {
		return err
	}
	if err := phantom.WriteDataset(d.path("unseen"), d.cases.unseen, d.Seed+1<<32, phantom.Options{}); err != nil {
		return err
	}
	return atomicfile.Write(d.path("demo.vn"), func(w io.Writer) error {
		_, err := io.WriteString(w, program)
		return err
	})
}

// train trains the network.
func (d *demo) train(ctx context.Context) error {
	m, err := workbench.Load(d.path("demo.vn"), workbench.Options{Training: true, ScaleLoss: d.ScaleLoss})
	if err != nil {
		return err
	}
	if d.workspace, err = m.Open(d.Device); err != nil {
		return err
	}
	if err := d.workspace.Initialise(d.Seed); err != nil {
		return err
	}
	if d.Iterations == 0 {
		d.Iterations = m.Recipe.Iterations
	}
	d.say("training %s: %d steps of %d volumes", m.Name, d.Iterations, m.Recipe.Batch)
	d.result.Model = d.path("run", workbench.TrainedName)
	_, err = d.workspace.Train(ctx, workbench.TrainOptions{
		Data: d.path("training"), Directory: d.path("run"), Iterations: d.Iterations, Seed: &d.Seed,
		Resume:   true, // a demo that was interrupted goes on; one that is done is not done again
		Progress: d.Progress, Terminal: d.Terminal,
	})
	return err
}

// segment segments the unseen cases, compares each with the truth, and draws it.
func (d *demo) segment(ctx context.Context) error {
	d.say("segmenting the unseen cases")
	var inputs []string
	for i := range d.cases.unseen {
		inputs = append(inputs, d.path("unseen", fmt.Sprintf("Case%02d.mhd", i)))
	}
	o := workbench.RunOptions{Directory: d.path("segmentations"), LargestComponent: true, Overwrite: true}
	tasks, _, err := d.workspace.Plan(inputs, o)
	if err != nil {
		return err
	}
	var failed error
	err = d.workspace.Run(ctx, tasks, o, func(made workbench.Outcome) {
		if err := d.compare(made); err != nil && failed == nil {
			failed = err
		}
	})
	if err == nil {
		err = failed
	}
	d.result.MeanDice /= float64(len(d.result.Cases))
	return err
}

// compare measures one mask against the truth and draws both.
func (d *demo) compare(made workbench.Outcome) error {
	name := filepath.Base(made.Input[:len(made.Input)-len(".mhd")])
	image, err := volume.Read(made.Input)
	if err != nil {
		return err
	}
	truth, err := volume.Read(d.path("unseen", name+"_segmentation.mhd"))
	if err != nil {
		return err
	}
	mask, err := volume.Read(made.Outputs[0])
	if err != nil {
		return err
	}
	dice, err := volume.Dice(truth, mask)
	if err != nil {
		return err
	}
	c := Case{Name: name, Dice: dice, Mask: made.Outputs[0], Picture: d.path("segmentations", name+".png")}
	drawing, err := picture.Segmentation(image, truth, mask)
	if err != nil {
		return err
	}
	if err := picture.WritePNG(c.Picture, drawing); err != nil {
		return err
	}
	d.result.Cases = append(d.result.Cases, c)
	d.result.MeanDice += dice
	return nil
}
