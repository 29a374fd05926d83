package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// killOften runs a command that goes on where it stopped until it has been killed, as by kill -9, a number of times, each
// at a random moment: killoften TIMES DIRECTORY COMMAND.... Where the command comes to its end before, the directory,
// which holds what it has done, is removed, and it begins anew with shorter lives. A command that fails by itself fails
// the script.
func killOften(ts *testscript.TestScript, neg bool, args []string) {
	times, err := strconv.Atoi(args[0])
	ts.Check(err)
	longest := 400 * time.Millisecond
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for killed := 0; killed < times; {
		c := exec.Command(binary(ts, args[2]), args[3:]...)
		c.Dir = ts.MkAbs(".")
		ts.Check(c.Start())
		time.Sleep(time.Duration(r.Int64N(int64(longest))))
		_ = c.Process.Kill()
		err := c.Wait()
		var exit *exec.ExitError
		switch {
		case err == nil:
			killed = 0
			if longest /= 2; longest < 10*time.Millisecond {
				ts.Fatalf("%v ends sooner than it can be killed %d times", args[2:], times)
			}
			ts.Check(os.RemoveAll(ts.MkAbs(args[1])))
		case errors.As(err, &exit) && exit.ExitCode() < 0: // by a signal
			killed++
		default:
			ts.Fatalf("%v: %v", args[2:], err)
		}
	}
}

// binary finds a command on the script's own PATH.
func binary(ts *testscript.TestScript, name string) string {
	for _, directory := range filepath.SplitList(ts.Getenv("PATH")) {
		path := filepath.Join(directory, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
	}
	ts.Fatalf("%s is not on the PATH", name)
	return ""
}
