#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "registry/http.hpp"

namespace gantry::registry {

inline HttpResponse response_of(int status, std::string body = "",
                                std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  for (auto& [name, value] : headers) {
    response.headers.add(std::move(name), std::move(value));
  }
  return response;
}

/// Stands in for a token service: notes each request and gives what a test says.
class ScriptedServer {
 public:
  struct Request {
    std::string method;
    std::string url;
    std::string authorization;
    std::string body;
  };
  using Answer = std::function<HttpResponse(const Request&)>;

  explicit ScriptedServer(Answer answer) : answer_(std::move(answer)) {}

  std::function<HttpOutcome(const HttpRequest&)> perform() {
    return [this](const HttpRequest& http) { return HttpOutcome{answer(http), false}; };
  }

  std::vector<Request> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  HttpResponse answer(const HttpRequest& http) {
    Request request{http.method, http.url, "", ""};
    for (const auto& [name, value] : http.headers) {
      request.authorization = name == "Authorization" ? value : request.authorization;
    }
    if (http.body != nullptr) {
      request.body.resize(http.body->size());
      static_cast<void>(*http.body->read(std::as_writable_bytes(std::span(request.body))));
    }
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
    }
    return answer_(request);
  }

  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
};

}  // namespace gantry::registry
