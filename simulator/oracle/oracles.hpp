#pragma once

#include "oracle/section.hpp"

namespace gantry::oracle {

// What the table in oracles.cpp is made of.
Section greedy();
Section first_in_first_out();
Section any_block();
Section choices();
Section mixed();
Section separated();
Section trims();
Section waits();
Section arithmetic();
Section exact_order();
Section by_the_book();
Section mqsim();

}  // namespace gantry::oracle
