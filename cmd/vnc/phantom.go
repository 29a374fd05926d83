package main

import (
	"fmt"

	"github.com/vnlang/vn/volume/phantom"
)

// phantomCommand writes a synthetic data set.
type phantomCommand struct {
	Directory     string  `arg:"" name:"dir" help:"Where the cases go; made if need be."`
	Cases         int     `help:"How many cases (${default})." default:"10" placeholder:"N"`
	Seed          uint64  `help:"Another seed gives other cases (${default})." default:"0" placeholder:"N"`
	MaxForeground float64 `help:"The share of the voxels that the gland stays below, such as 0.02; 0 leaves it as it is." default:"0" placeholder:"SHARE"`
}

// Help is what --help says beside the flags.
func (*phantomCommand) Help() string {
	return `The cases are synthetic magnetic resonance images of a pelvis, laid out as those of PROMISE12: Case00.mhd with
Case00.raw, and its mask, Case00_segmentation.mhd. Files of those names are replaced.

Example:

    vnc phantom phantoms --cases 12`
}

// Run writes the data set.
func (c *phantomCommand) Run(a *app) error {
	if c.Cases < 1 || c.Cases > 10000 {
		return &usageError{fmt.Sprintf("--cases is %d: choose from 1 to 10000", c.Cases)}
	}
	if err := phantom.WriteDataset(c.Directory, c.Cases, c.Seed, phantom.Options{MaxForeground: c.MaxForeground}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.out, "%s: %d cases\n", c.Directory, c.Cases)
	return err
}
