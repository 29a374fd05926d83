package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vnlang/vn/workbench"
)

// runCommand runs a model.
type runCommand struct {
	modelFlags
	computeFlags
	File             string   `arg:"" help:"An artifact (.vnc), or a program (.vn) with --weights."`
	Inputs           []string `arg:"" name:"input" help:"Volumes (.mhd, .mha, .nii, .nii.gz) or arrays (.npy)."`
	Out              string   `short:"o" required:"" help:"The directory for the results." placeholder:"DIR"`
	Weights          string   `help:"Use these weights (.safetensors) instead of the artifact's." placeholder:"FILE"`
	Seed             *uint64  `help:"Without any weights: run on the initial weights of this seed." placeholder:"N"`
	LargestComponent bool     `help:"Keep the largest connected component of a mask alone."`
	Probability      bool     `help:"Write the probability of the foreground too."`
	Overwrite        bool     `help:"Replace results that are there already."`
	JSON             bool     `name:"json" help:"Print the table of results as JSON."`
}

// Help is what --help says beside the flags.
func (*runCommand) Help() string {
	return `A volume is prepared as in training. Its mask, 0 and 1, is written in the volume's own format and on its own grid (same
size, spacing, origin and direction) and named after it: Case00.mhd gives Case00_segmentation.mhd. Labels among the
inputs are left out, by the pattern of the data declaration.

An array goes into the model as it is. Its shape is channel, z, y, x, with one axis more before them for several samples;
every output becomes an array named after it: x.npy gives x_output.npy.

An input is never replaced, and another file only with --overwrite.

Examples:

    vnc run run/model.vnc scans/*.mhd -o masks
    vnc run models/vnet.vn scan.nii.gz --weights vnet.safetensors -o masks --largest-component
    vnc run run/model.vnc features.npy -o out`
}

// Run loads the model and its weights, says which files it will write, and runs it on one input after the other.
func (c *runCommand) Run(a *app) error {
	m, err := workbench.Load(c.File, workbench.Options{Model: c.Model, Set: c.Set})
	if err != nil {
		return err
	}
	defer m.Close()
	a.render(m.Warnings)
	o := workbench.RunOptions{Directory: c.Out, LargestComponent: c.LargestComponent, Probability: c.Probability, Overwrite: c.Overwrite}
	tasks, skipped, err := m.Plan(c.Inputs, o)
	if err != nil {
		return err
	}
	for _, label := range skipped {
		a.note("note: %s is a label by its name, and is left out", label)
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
	if err := c.weights(a, w); err != nil {
		return err
	}
	ctx, stop := a.interruptible()
	defer stop()
	return c.results(a, func(done func(workbench.Outcome)) error { return w.Run(ctx, tasks, o, done) })
}

// weights gives the model its weights.
func (c *runCommand) weights(a *app, w *workbench.Workspace) error {
	switch {
	case c.Weights != "":
		unused, err := w.LoadFile(c.Weights)
		noteUnused(a, c.Weights, unused)
		return err
	case w.Weights() != nil:
		_, err := w.LoadOwn()
		return err
	case c.Seed != nil:
		a.note("note: %s runs on initial weights; its results mean nothing", w.Name)
		return w.Initialise(*c.Seed)
	}
	return errors.New(c.File + " has no trained weights: give it some with --weights FILE.safetensors, or run the model.vnc that vnc train leaves; to try it out on initial weights, say --seed 0")
}

// results prints what is done, each line as soon as it is.
func (c *runCommand) results(a *app, run func(done func(workbench.Outcome)) error) error {
	all := []workbench.Outcome{}
	err := run(func(o workbench.Outcome) {
		all = append(all, o)
		if c.JSON {
			return
		}
		line := fmt.Sprintf("%s -> %s", o.Input, strings.Join(o.Outputs, ", "))
		if o.Mask {
			line += fmt.Sprintf("  %.1f ml", o.Millilitres)
		}
		fmt.Fprintf(a.out, "%s  %.1f s\n", line, o.Seconds)
	})
	if c.JSON {
		err = errors.Join(err, writeJSON(a.out, all))
	}
	return err
}
