// Package train runs networks on medical volumes: it finds the cases of a data set, prepares them, draws batches,
// trains, validates and checkpoints, and segments volumes that the network has never seen. It knows plans and
// sessions and nothing of the language; the command hands it the data and train blocks as values.
//
// A run is a function of its configuration and its seed. Batches and augmentations are drawn by a counter-based
// generator from (seed, step, sample), so that the number of workers, the size of the cache and an interruption change
// no bit: a run that is killed at any instant and resumed ends with the same weights as one that was never stopped.
// The state of a run is its variables and the number of steps done.
//
// A run keeps its files in one directory:
//
//	checkpoints/step-000500.safetensors   all variables (parameters and states) after 500 steps
//	log.jsonl                             one JSON object a line, see Record
//	lock                                  held while a run is at work here
//
// Checkpoints are written to a temporary file, synced and renamed, and carry a digest of their values and metadata. The
// last two and the one with the best validation Dice are kept; the metadata of the newest names the best.
package train
