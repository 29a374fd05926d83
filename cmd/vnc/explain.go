package main

import (
	"fmt"
	"io"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/spell"
)

// explainCommand explains an error code.
type explainCommand struct {
	Code string `arg:"" optional:"" help:"A code as it stands in brackets behind error, such as shape/concat; without one, all codes are listed."`
}

// Run prints the entry of a code.
func (c *explainCommand) Run(a *app) error {
	if c.Code == "" {
		t := &table{}
		for _, e := range diag.Codes {
			t.row(string(e.Code), e.Meaning)
		}
		return t.print(a.out)
	}
	e, ok := diag.Lookup(diag.Code(c.Code))
	if !ok {
		var codes []string
		for _, e := range diag.Codes {
			codes = append(codes, string(e.Code))
		}
		hint := "vnc explain lists all of them"
		if near, ok := spell.Nearest(c.Code, codes); ok {
			hint = "did you mean " + near + "?"
		}
		return fmt.Errorf("there is no code %s: %s", c.Code, hint)
	}
	_, err := io.WriteString(a.out, e.Markdown())
	return err
}
