"""Pictures a second and waiting times of the step batcher against what bots do today, in one run.

    python -m benchmarks.engine [--model bundled|sd15-sized|sdxl-sized|FOLDER] [--side 128] [--people 1,2,4,8,16,32]
    python -m benchmarks.engine.gpu      the targets for a GPU, in less than eight minutes

Baselines: `lock`, the stock pipeline one picture at a time; `threads`, a pipeline object for each of four threads over
the same weights; `requests`, whole requests of identical settings batched together. Loads: everybody always has one
picture under way (saturation), and Poisson arrivals at 0.3 and 0.7 of what the lock can do. Settings are mixed:
strengths 0.2 to 1, 10 to 40 steps, all samplers, with and without guidance.
"""
