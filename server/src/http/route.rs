//! A path and its methods: another method is answered 405 with `Allow`, in our body.

use actix_web::{FromRequest, Handler, Resource, Responder, guard, http::Method, web};
use serin_api::error::codes;

use super::error::ApiError;

/// A path that takes some methods.
pub(crate) struct Endpoint {
    resource: Resource,
    allow: Vec<&'static str>,
}

/// The path, which takes nothing yet.
pub(crate) fn at(path: &str) -> Endpoint {
    Endpoint {
        resource: web::resource(path),
        allow: Vec::new(),
    }
}

macro_rules! methods {
    ($($name:ident $method:ident $label:literal,)+) => {
        $(
            #[doc = concat!("Answers ", $label, ".")]
            pub(crate) fn $name<F, Args>(self, handler: F) -> Self
            where
                F: Handler<Args>,
                Args: FromRequest + 'static,
                F::Output: Responder + 'static,
            {
                let Self { resource, mut allow } = self;
                allow.push($label);
                Self { resource: resource.route(web::method(Method::$method).to(handler)), allow }
            }
        )+
    };
}

impl Endpoint {
    /// Answers GET and HEAD.
    pub(crate) fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let Self {
            resource,
            mut allow,
        } = self;
        allow.push("GET, HEAD");
        let route = web::route()
            .guard(guard::Any(guard::Get()).or(guard::Head()))
            .to(handler);
        Self {
            resource: resource.route(route),
            allow,
        }
    }

    methods! {
        post POST "POST",
        put PUT "PUT",
        patch PATCH "PATCH",
        delete DELETE "DELETE",
        options OPTIONS "OPTIONS",
    }

    /// Refuses all other methods, and registers the path.
    pub(crate) fn register(self, config: &mut web::ServiceConfig) {
        let allow = self.allow.join(", ");
        config.service(self.resource.default_service(web::to(move || {
            let mut refusal = ApiError::new(
                codes::METHOD_NOT_ALLOWED,
                format!("this path takes {allow}"),
            );
            refusal.allow = Some(allow.as_str().into());
            async move { Err::<actix_web::HttpResponse, _>(refusal) }
        })));
    }
}
