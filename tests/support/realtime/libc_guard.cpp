// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/realtime/libc_guard.hpp"

#include "tests/support/realtime/violations.hpp"

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

/// Scopes that the thread is in. Initial-exec, so that reading it never allocates.
__attribute__((tls_model("initial-exec"))) thread_local int depth = 0;

void check(const char *function) noexcept {
    if (depth == 0) [[likely]]
        return;
    const int saved = depth;
    depth = 0; // taking the call stack must not count
    headroom::realtime::record_libc(function);
    depth = saved;
}

template <class Function> Function next_definition(const char *name) {
    const int saved = depth;
    depth = 0;
    void *found = dlsym(RTLD_NEXT, name);
    depth = saved;
    return reinterpret_cast<Function>(found);
}

} // namespace

namespace headroom::realtime {

void LibcGuard::enter() noexcept {
    ++depth;
}

void LibcGuard::leave() noexcept {
    --depth;
}

} // namespace headroom::realtime

// NOLINTBEGIN(bugprone-reserved-identifier,bugprone-macro-parentheses,readability-identifier-naming)

// The allocator by glibc's own other names, since dlsym() itself allocates.
extern "C" {
void *__libc_malloc(size_t size);
void __libc_free(void *memory);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    check("malloc");
    return __libc_malloc(size);
}
void free(void *memory) {
    if (memory != nullptr)
        check("free");
    __libc_free(memory);
}
void *calloc(size_t count, size_t size) {
    check("calloc");
    return __libc_calloc(count, size);
}
void *realloc(void *memory, size_t size) {
    check("realloc");
    return __libc_realloc(memory, size);
}
void *memalign(size_t alignment, size_t size) {
    check("memalign");
    return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
    check("aligned_alloc");
    return __libc_memalign(alignment, size);
}
int posix_memalign(void **out, size_t alignment, size_t size) {
    check("posix_memalign");
    *out = __libc_memalign(alignment, size);
    return *out != nullptr ? 0 : ENOMEM;
}
}

/// Defines a function that records the call and then makes it.
#define GUARD(result, name, parameters, arguments)                                                 \
    extern "C" result name parameters {                                                            \
        static std::atomic<result(*) parameters> next{nullptr};                                    \
        check(#name);                                                                              \
        if (next.load() == nullptr)                                                                \
            next.store(next_definition<result(*) parameters>(#name));                              \
        return next.load() arguments;                                                              \
    }

// clang-format off
GUARD(int, pthread_mutex_lock, (pthread_mutex_t *m) noexcept, (m))
GUARD(int, pthread_mutex_trylock, (pthread_mutex_t *m) noexcept, (m))
GUARD(int, pthread_mutex_unlock, (pthread_mutex_t *m) noexcept, (m))
GUARD(int, pthread_rwlock_rdlock, (pthread_rwlock_t *l) noexcept, (l))
GUARD(int, pthread_rwlock_wrlock, (pthread_rwlock_t *l) noexcept, (l))
GUARD(int, pthread_rwlock_unlock, (pthread_rwlock_t *l) noexcept, (l))
GUARD(int, pthread_spin_lock, (pthread_spinlock_t *l) noexcept, (l))
GUARD(int, pthread_cond_wait, (pthread_cond_t *c, pthread_mutex_t *m), (c, m))
GUARD(int, pthread_cond_timedwait, (pthread_cond_t *c, pthread_mutex_t *m, const timespec *t), (c, m, t))
GUARD(int, pthread_cond_signal, (pthread_cond_t *c) noexcept, (c))
GUARD(int, pthread_cond_broadcast, (pthread_cond_t *c) noexcept, (c))
GUARD(int, pthread_create, (pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x) noexcept, (t, a, f, x))
GUARD(int, pthread_join, (pthread_t t, void **r), (t, r))
GUARD(int, sem_wait, (sem_t *s), (s))
GUARD(int, sem_timedwait, (sem_t *s, const timespec *t), (s, t))
GUARD(int, sem_post, (sem_t *s) noexcept, (s))
GUARD(int, nanosleep, (const timespec *a, timespec *b), (a, b))
GUARD(int, clock_nanosleep, (clockid_t c, int f, const timespec *a, timespec *b), (c, f, a, b))
GUARD(int, usleep, (useconds_t u), (u))
GUARD(int, sched_yield, () noexcept, ())
GUARD(ssize_t, write, (int f, const void *b, size_t n), (f, b, n))
GUARD(ssize_t, read, (int f, void *b, size_t n), (f, b, n))
GUARD(int, close, (int f), (f))
GUARD(int, fsync, (int f), (f))
GUARD(int, poll, (pollfd *p, nfds_t n, int t), (p, n, t))
GUARD(int, select, (int n, fd_set *r, fd_set *w, fd_set *e, timeval *t), (n, r, w, e, t))
GUARD(int, epoll_wait, (int e, epoll_event *v, int m, int t), (e, v, m, t))
GUARD(ssize_t, send, (int s, const void *b, size_t n, int f), (s, b, n, f))
GUARD(ssize_t, sendto, (int s, const void *b, size_t n, int f, const sockaddr *a, socklen_t l), (s, b, n, f, a, l))
GUARD(ssize_t, sendmsg, (int s, const msghdr *m, int f), (s, m, f))
GUARD(ssize_t, recv, (int s, void *b, size_t n, int f), (s, b, n, f))
GUARD(ssize_t, recvfrom, (int s, void *b, size_t n, int f, sockaddr *a, socklen_t *l), (s, b, n, f, a, l))
GUARD(int, socket, (int d, int t, int p) noexcept, (d, t, p))
GUARD(void *, mmap, (void *a, size_t l, int p, int f, int d, off_t o) noexcept, (a, l, p, f, d, o))
GUARD(int, munmap, (void *a, size_t l) noexcept, (a, l))
GUARD(int, madvise, (void *a, size_t l, int v) noexcept, (a, l, v))
GUARD(FILE *, fopen, (const char *p, const char *m), (p, m))
GUARD(size_t, fwrite, (const void *b, size_t s, size_t n, FILE *f), (b, s, n, f))
GUARD(int, fflush, (FILE *f), (f))
GUARD(int, vfprintf, (FILE *f, const char *m, va_list a), (f, m, a))
GUARD(int, puts, (const char *s), (s))
GUARD(void *, dlopen, (const char *p, int f) noexcept, (p, f))
GUARD(void *, __cxa_allocate_exception, (size_t n) noexcept, (n))
// clang-format on

extern "C" int open(const char *path, int flags, ...) {
    static std::atomic<int (*)(const char *, int, ...)> next{nullptr};
    check("open");
    if (next.load() == nullptr)
        next.store(next_definition<int (*)(const char *, int, ...)>("open"));
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return next.load()(path, flags, mode);
}

// NOLINTEND(bugprone-reserved-identifier,bugprone-macro-parentheses,readability-identifier-naming)
