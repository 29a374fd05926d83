package winograd

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// BenchmarkWeightGradient reports the shortest time of a layer and the arithmetic of the direct weight gradient over it.
func BenchmarkWeightGradient(b *testing.B) {
	for _, layer := range layers {
		b.Run(fmt.Sprint(layer.channels, layer.size, layer.tile), func(b *testing.B) {
			const threads = 2
			c := sameConvolution(layer.channels, layer.size, 5)
			g, err := NewWeightGradient(c, layer.tile, threads)
			if err != nil {
				b.Fatal(err)
			}
			random := rand.New(rand.NewPCG(1, 2))
			var maps [2]kernel.Map
			for i := range maps {
				maps[i] = kernel.Map{Data: make([]float32, c.In*volumeOf(c.Input)), Blocked: true}
				for j := range maps[i].Data {
					maps[i].Data[j] = random.Float32() - 0.5
				}
			}
			dWeight, scratch := make([]float32, c.In*c.Out*volumeOf(c.Kernel)), make([]float32, g.Workspace())
			p := kernel.NewPool(threads)
			defer p.Close()
			run := func() { g.Run(p, maps[0], maps[1], dWeight, scratch) }
			run()
			t := best(b.N, run)
			b.ReportMetric(float64(t.Microseconds())/1e3, "best-ms")
			b.ReportMetric(c.FLOPs()/t.Seconds()/1e9, "effective-GFLOP/s")
			b.ReportMetric(float64(g.Workspace())/(1<<18), "scratch-MiB")
		})
	}
}
