//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package train

import (
	"context"
	"errors"
	"testing"
)

// A directory has one run at a time, whether the other one starts or resumes.
func TestOneRunInADirectory(t *testing.T) {
	for name, resume := range map[string]bool{"start": false, "resume": true} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			c := fakeConfig(t, directory)
			tried := false
			c.Device.(*fakeDevice).before = func(step int) error {
				if step == 25 {
					tried = true
					other := fakeConfig(t, directory)
					other.Resume = resume
					_, err := Run(context.Background(), other)
					wantError(t, err, c.Directory, "another run is at work there", "choose another directory")
					if !errors.Is(err, ErrBusy) {
						t.Errorf("%v does not wrap ErrBusy", err)
					}
				}
				return nil
			}
			mustRun(t, c)
			if !tried {
				t.Error("no other run was tried")
			}
			after := fakeConfig(t, directory) // the directory is free again
			after.Resume = true
			mustRun(t, after)
		})
	}
}

// A run that fails lets the next one in, at whatever it fails.
func TestAFailedRunLeavesTheDirectory(t *testing.T) {
	directory := t.TempDir()
	for _, fail := range []func(c *Config){
		func(c *Config) { c.Cases[1].Image += "x" },
		func(c *Config) { c.Output = "absent" },
		func(c *Config) { c.Device.(*fakeDevice).before = func(int) error { return errFake } },
	} {
		c := fakeConfig(t, directory)
		fail(&c)
		if _, err := Run(context.Background(), c); err == nil || errors.Is(err, ErrBusy) {
			t.Errorf("the error is %v", err)
		}
	}
	mustRun(t, fakeConfig(t, directory))
}
