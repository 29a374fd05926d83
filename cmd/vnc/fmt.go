package main

import (
	"fmt"
	"io"

	"github.com/vnlang/vn/internal/atomicfile"
	"github.com/vnlang/vn/workbench"
)

// fmtCommand formats programs.
type fmtCommand struct {
	Files []string `arg:"" name:"file" help:"Programs (.vn); - is the standard input."`
	Write bool     `short:"w" xor:"what" help:"Write the result back to the file instead of printing it."`
	Check bool     `xor:"what" help:"Print the names of the files that are laid out otherwise; fail if there are any."`
}

// Help is what --help says beside the flags.
func (*fmtCommand) Help() string {
	return `There is one layout and nothing to choose. A file with mistakes is left as it is.

Examples:

    vnc fmt models/vnet.vn
    vnc fmt -w models/*.vn
    vnc fmt --check models/*.vn`
}

// Run formats each file. It goes on after a file with mistakes.
func (c *fmtCommand) Run(a *app) error {
	failed := false
	for _, file := range c.Files {
		good, err := c.format(a, file)
		if err != nil {
			return err
		}
		failed = failed || !good
	}
	if failed {
		return errFailed
	}
	return nil
}

// format formats one file and reports whether there was nothing to complain of.
func (c *fmtCommand) format(a *app, file string) (good bool, err error) {
	name, text, err := c.read(a, file)
	if err != nil {
		return false, err
	}
	result, found := workbench.Format(name, text)
	a.render(found)
	switch {
	case found.HasErrors():
		return false, nil
	case c.Check:
		if result != text {
			fmt.Fprintln(a.out, name)
		}
		return result == text, nil
	case c.Write && file != "-":
		if result == text {
			return true, nil
		}
		return true, atomicfile.Write(file, func(w io.Writer) error {
			_, err := io.WriteString(w, result)
			return err
		})
	}
	_, err = io.WriteString(a.out, result)
	return true, err
}

// read returns the text of a file and what messages call it.
func (c *fmtCommand) read(a *app, file string) (name, text string, err error) {
	if file == "-" {
		text, err := io.ReadAll(io.LimitReader(a.in, workbench.MaxSource))
		return "standard input", string(text), err
	}
	text, err = workbench.ReadSource(file)
	if err != nil {
		return "", "", fmt.Errorf("read a program: %w", err)
	}
	return file, text, nil
}
