// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <system_error>
#include <uv.h>

namespace headroom::control {

/// Throws for an error of libuv.
inline void checked(int status, const char *what) {
    if (status < 0)
        throw std::system_error(-status, std::generic_category(), what);
}

/// A handle of libuv, which must stay where it is until libuv has closed it.
template <class T> class Handle {
  public:
    Handle() : handle_(new T) {}
    ~Handle() {
        if (is_open_)
            uv_close(as_handle(),
                     [](uv_handle_t *closed) { delete reinterpret_cast<T *>(closed); });
        else
            delete handle_;
    }
    Handle(const Handle &) = delete;
    Handle &operator=(const Handle &) = delete;

    /// To be called with what uv_…_init() returned.
    void open(int status, const char *what, void *data) {
        checked(status, what);
        is_open_ = true;
        handle_->data = data;
    }
    T *get() const { return handle_; }

  private:
    uv_handle_t *as_handle() const { return reinterpret_cast<uv_handle_t *>(handle_); }
    T *handle_;
    bool is_open_ = false;
};

} // namespace headroom::control
