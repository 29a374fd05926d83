package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/volume"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"vnc": main})
}

// TestScript runs the command as its users do. The scripts find the paper's network in vnet.vn, the U-Net in unet.vn, and
// a data set of three small cases in $CASES.
func TestScript(t *testing.T) {
	cases := t.TempDir()
	for i := range 3 {
		if err := writeCase(cases, i); err != nil {
			t.Fatal(err)
		}
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("CASES", cases)
			for _, model := range []string{"vnet.vn", "unet.vn"} {
				text, err := os.ReadFile(filepath.Join("..", "..", "models", model))
				if err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(e.WorkDir, model), text, 0o666); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code":      code,
			"killoften": killOften,
			"waitfor":   waitFor,
			"flip":      flip,
			"npy":       writeNPY,
			"npyshape":  npyShape,
			"samegrid":  sameGrid,
			"truncate":  truncate,
		},
	})
}

// writeCase writes an image with a bright ball in it, and the ball as its label, on an oblique grid.
func writeCase(directory string, number int) error {
	image := volume.New(volume.Geometry{
		Size: [3]int{20 + number, 18, 9}, Spacing: [3]float64{0.9, 1, 2.5}, Origin: [3]float64{-10, 20, 5},
		Direction: [3][3]float64{{0.8, -0.6, 0}, {0.6, 0.8, 0}, {0, 0, 1}},
	}, volume.Int16)
	label := volume.New(image.Geometry, volume.Uint8)
	for i := range image.Data {
		x, y, z := i%image.Size[0]-10, i/image.Size[0]%image.Size[1]-9, i/image.Size[0]/image.Size[1]-4
		image.Data[i] = float32(100 + (x*7+y*13+z*5)%11)
		if x*x+y*y+6*z*z < 30 {
			image.Data[i] += 80
			label.Data[i] = 1
		}
	}
	name := filepath.Join(directory, fmt.Sprintf("Case%02d", number))
	if err := volume.Write(name+".mhd", image); err != nil {
		return err
	}
	return volume.Write(name+"_segmentation.mhd", label)
}

// code runs vnc and checks its exit code: code N ARGUMENT...
func code(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec("vnc", args[1:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("vnc %s exits with %d, not %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// waitFor waits until a file holds a text: waitfor FILE TEXT.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	for range 1000 {
		if text, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && strings.Contains(string(text), args[1]) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s does not hold %q after ten seconds", args[0], args[1])
}

// flip inverts the byte in the middle of a file: flip FILE.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	name := ts.MkAbs(args[0])
	content, err := os.ReadFile(name)
	ts.Check(err)
	content[len(content)/2] ^= 0xff
	ts.Check(os.WriteFile(name, content, 0o666))
}

// truncate cuts a file in half: truncate FILE.
func truncate(ts *testscript.TestScript, neg bool, args []string) {
	name := ts.MkAbs(args[0])
	info, err := os.Stat(name)
	ts.Check(err)
	ts.Check(os.Truncate(name, info.Size()/2))
}

// writeNPY writes an array of ascending values: npy FILE SIZE...
func writeNPY(ts *testscript.TestScript, neg bool, args []string) {
	a := artifact.Array{}
	n := 1
	for _, arg := range args[1:] {
		var size int
		_, err := fmt.Sscan(arg, &size)
		ts.Check(err)
		a.Shape = append(a.Shape, size)
		n *= size
	}
	for i := range n {
		a.Values = append(a.Values, float32(i)/float32(n))
	}
	ts.Check(artifact.WriteNPY(ts.MkAbs(args[0]), &a))
}

// npyShape checks the shape of an array: npyshape FILE [SIZE SIZE...].
func npyShape(ts *testscript.TestScript, neg bool, args []string) {
	a, err := artifact.ReadNPY(ts.MkAbs(args[0]))
	ts.Check(err)
	if got, want := fmt.Sprint(a.Shape), fmt.Sprint(args[1:]); got != want {
		ts.Fatalf("%s has shape %s, not %s", args[0], got, want)
	}
}

// sameGrid checks that two volumes stand on one grid: samegrid FILE FILE.
func sameGrid(ts *testscript.TestScript, neg bool, args []string) {
	a, err := volume.Read(ts.MkAbs(args[0]))
	ts.Check(err)
	b, err := volume.Read(ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Check(volume.SameGrid(a.Geometry, b.Geometry))
}
