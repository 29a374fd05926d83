package main

import (
	"fmt"
	"io"

	"github.com/vnlang/vn/demo"
)

// demoCommand trains a small network on synthetic data and shows what it sees.
type demoCommand struct {
	computeFlags
	Directory  string `arg:"" optional:"" name:"dir" help:"Where everything goes; made if need be (${default})." default:"vn-demo"`
	Seed       uint64 `help:"Seed of the phantoms and of the training (${default})." default:"1" placeholder:"N"`
	Iterations *int   `help:"Training steps, instead of the recipe's." placeholder:"N"`
	JSON       bool   `name:"json" help:"Print the result as JSON."`
}

// Help is what --help says beside the flags.
func (*demoCommand) Help() string {
	return `The demo draws synthetic pelvic MRI, trains a V-Net of reduced width and size on it, segments cases that the network has
never seen, and draws the true outline (blue) and the predicted one (orange). The directory holds the network
(demo.vn), the data, the trained model and the pictures when it is done; nothing is downloaded.

Examples:

    vnc demo
    vnc demo --json /tmp/demo`
}

// Run runs the demo.
func (c *demoCommand) Run(a *app) error {
	iterations, err := atLeastOne("--iterations", c.Iterations)
	if err != nil {
		return err
	}
	device, err := a.open(c.computeFlags, nil)
	if err != nil {
		return err
	}
	defer device.Close()
	ctx, stop := a.interruptible()
	defer stop()
	r, err := demo.Run(ctx, demo.Options{
		Directory: c.Directory, Seed: c.Seed, Iterations: iterations, Device: device, ScaleLoss: c.scalesLoss(),
		Progress: a.err, Terminal: terminal(a.err),
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(a.out, r)
	}
	return printDemo(a.out, r)
}

// printDemo prints the Dice of each case, and where to look.
func printDemo(w io.Writer, r *demo.Result) error {
	for _, x := range r.Cases {
		if _, err := fmt.Fprintf(w, "%s  Dice %.3f  %s\n", x.Name, x.Dice, x.Picture); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "mean  Dice %.3f in %.0f s; in the pictures the truth is blue, the prediction orange; the trained model is %s\n", r.MeanDice, r.Seconds, r.Model)
	return err
}
