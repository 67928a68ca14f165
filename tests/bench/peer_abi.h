// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// C interface through which a host measures a stereo limiter in a shared object side by side with
/// plugins. Parameters are given by name; unknown names are ignored.
#ifdef __cplusplus
extern "C" {
#endif

void *peer_new(double rate, int nparams, const char *const *names, const double *values);
void peer_process(void *peer, const float *in_l, const float *in_r, float *out_l, float *out_r,
                  unsigned nframes);
/// Frames.
int peer_latency(void *peer);
void peer_free(void *peer);

#ifdef __cplusplus
}
#endif
