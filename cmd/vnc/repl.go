package main

import (
	"context"

	"github.com/vnlang/vn/repl"
)

// replCommand opens the interactive session.
type replCommand struct {
	File string `arg:"" optional:"" help:"A program whose declarations are there from the start."`
}

// Help is what --help says beside the flags.
func (*replCommand) Help() string {
	return `At a terminal, statements are run as they are typed; :help lists what there is. Otherwise the standard input is a script,
which ends at its first error.

Examples:

    vnc repl
    vnc repl models/vnet.vn
    vnc repl < session.vn`
}

// Run opens a session on the standard input. The session itself decides what Ctrl-C stops.
func (c *replCommand) Run(a *app) error {
	return repl.Run(context.Background(), repl.Options{
		In: a.in, Out: a.out, Err: a.err, Interactive: terminal(a.in), Name: "standard input",
		File: c.File, Threads: a.threads, Color: a.color,
	})
}
